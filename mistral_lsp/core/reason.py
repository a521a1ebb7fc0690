"""Reason: why nothing was shown. Every silence has one, so that a user can ask."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The value is what a person reads."""

    DISABLED = "completion is switched off by a setting"
    LANGUAGE_OFF = "completion is switched off for this language"
    NOT_OPEN = "the document is not open in this server"
    OUTSIDE = "the position is outside the document"
    TOO_LARGE = "the document is too large"
    BINARY = "the document is binary"
    MID_WORD = "the cursor is inside a word"
    SUPERSEDED = "a newer request for the document arrived"
    CANCELLED = "the editor cancelled the request"
    NO_MODEL = "no model is ready"
    MODEL_FAILED = "the model could not answer"
    TOO_SLOW = "the model sent nothing useful before the deadline"
    EMPTY = "the model answered with nothing"
    NOT_HEALED = "the answer did not begin with what was already typed"
    REPEATS = "the answer only repeated what stands after the cursor"
    UNSAFE = "the answer held control or invisible characters"
    ENDLESS = "the answer had no end"
    MOVED_ON = "the document changed while the model was answering"
