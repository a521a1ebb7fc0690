"""Reason: why nothing was shown. Every silence has one, so that a user can ask."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """The value is what a person reads. It is no str, so that it can't be taken for a text that may be shown."""

    DISABLED = "completion is switched off by a setting"
    PAUSED = "completion is paused"
    LANGUAGE_OFF = "completion is switched off for this language"
    NOT_OPEN = "the document is not open in this server"
    OUTSIDE = "the position is outside the document"
    TOO_LARGE = "the document is too large"
    SECRET = "the file may hold secrets"  # noqa: S105 - a reason
    PRIVATE = "the setting privacy.ignore or .aiignore names the file"
    IGNORED = "an ignore file names the file"
    READ_ONLY = "the file is read-only"
    BINARY = "the document is binary"
    MID_WORD = "the cursor is inside a word"
    MID_LINE = "there is code right of the cursor"
    SELECTION = "text is selected"
    IN_COMMENT = "the cursor is in a comment, and a setting asks for none there"
    IN_STRING = "the cursor is in a string, and a setting asks for none there"
    DELETED = "text was just deleted here"
    TURNED_DOWN = "the suggestion for this place was typed in part and then deleted"
    SUPERSEDED = "a newer request for the document arrived"
    CANCELLED = "the editor cancelled the request"
    NOT_READY = "the model is not ready yet"
    PROMPT_FAILED = "the prompt file could not be rendered"
    MODEL_FAILED = "the model could not answer"
    OVERLOADED = "the endpoint has too much to do, and is left alone for a moment"
    LEFT_ALONE = "the endpoint failed several times, and is tried again in a moment"
    TOO_SLOW = "the model sent nothing useful before the deadline"
    EMPTY = "the model answered with nothing"
    UNSURE = "the model was unsure how to go on"
    MISSED = "the model was wrong twice in this line"
    NOT_HEALED = "the answer did not begin with what was already typed"
    REPEATS = "the answer only repeated what stands around the cursor"
    LEFT_BLOCK = "the answer began with what comes after the block"
    UNBALANCED = "the answer only closed what is not open, or is closed already"
    BREAKS_SYNTAX = "the answer would have broken code that parses"
    ECHO = "the answer was the prompt over again"
    UNSAFE = "the answer held control or invisible characters"
    ADDS_KEY = "the answer would have added a key or a password"
    ADDS_NO_TLS_CHECK = "the answer would have added a connection whose certificate is not checked"
    ADDS_EXECUTION = "the answer would have added a call that runs text or data as code or as a shell command"
    ADDS_UNKNOWN_PACKAGE = "the answer would have imported a package that the project does not know"
    ENDLESS = "the answer had no end"
    FAULT = "something in the server failed; its log says where"
    MOVED_ON = "the document changed while the model was answering"

    def __str__(self) -> str:
        return self.value
