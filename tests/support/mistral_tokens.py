"""What a Mistral endpoint makes of a raw prompt, and what mistral-common makes of the request that it stands for."""

from __future__ import annotations

import re
from functools import cache

from mistral_common.protocol.fim.request import FIMRequest
from mistral_common.protocol.instruct.messages import AssistantMessage, ChatMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

_SENTINEL = "\u263a"  # keeps sentencepiece from putting a space before a text that isn't the first


class Tokens:
    """One version of the tokenizer: "v1" or "v3"."""

    def __init__(self, version: str) -> None:
        self._oracle = getattr(MistralTokenizer, version)()
        self._pieces = self._oracle.instruct_tokenizer.tokenizer._model
        pieces = self._pieces
        is_special = [pieces.is_control(i) or pieces.is_unknown(i) for i in range(pieces.get_piece_size())]
        self.special = {pieces.id_to_piece(i): i for i, special in enumerate(is_special) if special}
        longest_first = sorted(self.special, key=len, reverse=True)
        self._any_special = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")

    def of_raw(self, text: str) -> list[int]:
        """As Hugging Face's tokenizers do it: special tokens are found anywhere in the text, and BOS is added."""
        ids = [self.special["<s>"]]
        for number, part in enumerate(self._any_special.split(text)):
            if part in self.special:
                ids.append(self.special[part])
            elif part:
                ids += self._pieces.encode(part) if number == 0 else self._continued(part)
        return ids

    def of_chat(self, user: str, answer: str) -> list[int]:
        """A user's turn, and an answer that is begun."""
        request: ChatCompletionRequest[ChatMessage] = ChatCompletionRequest(
            messages=[UserMessage(content=user), AssistantMessage(content=answer, prefix=True)]
        )
        return list(self._oracle.encode_chat_completion(request).tokens)

    def of_middle(self, prefix: str, suffix: str) -> list[int]:
        """A request to fill in the middle."""
        return list(self._oracle.encode_fim(FIMRequest(prompt=prefix, suffix=suffix)).tokens)

    def _continued(self, part: str) -> list[int]:
        return list(self._pieces.encode(_SENTINEL + part))[len(self._pieces.encode(_SENTINEL)) :]


@cache
def tokens(version: str) -> Tokens:
    """Loading takes a second, so it is done once."""
    return Tokens(version)
