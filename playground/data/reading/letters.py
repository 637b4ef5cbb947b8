"""Which letters a file's bytes stand for: told by its first bytes, by strict decoding, and by what a script looks like.

Libraries for this were measured to do worse than a fixed rule on real files (notes on data, 3.2): they take Western
European text for Central European or even Korean. So the Western guess stands unless the bytes look clearly otherwise.
"""

from __future__ import annotations

import codecs
import re

from playground.data.reading.options import AUTO
from playground.data.reading.report import Report
from playground.errors import DataError

SAMPLE = 2**16
MARKS = {  # the longest first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
COMMON_CHINESE = 0xD7  # the last first byte of level 1 of GB 2312
EAST_ASIAN = {"cp932": "\u3040-\u30ff", "euc-kr": "\uac00-\ud7a3", "gb18030": "\u4e00-\u9fff"}


def decode(title: str, content: bytes, encoding: str, report: Report) -> str:
    """The text in `content`, and what was decided, in the report.

    Raises:
        DataError: the bytes are not text in the encoding that the visitor chose.
    """
    chosen = encoding if encoding != AUTO else _detected(content)
    try:
        text = content.decode(chosen if chosen != "utf-8" else "utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding != AUTO:
            raise DataError(
                f"{title} is not text in {encoding}: byte {error.start + 1:,} cannot be read. Choose another encoding."
            ) from error
        text = content.decode(chosen, errors="replace")
        report.count("letters that cannot be read", text.count("\N{REPLACEMENT CHARACTER}"))
    if not content.isascii():
        guessed = "" if encoding != AUTO or chosen.startswith("utf") else " (a guess)"
        report.decide("encoding", chosen.removesuffix("-sig"), f"letters in {chosen.removesuffix('-sig')}{guessed}")
    return text


def _detected(content: bytes) -> str:
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return encoding
    sample = content[:SAMPLE]
    if b"\0" in sample:  # every other byte of Western text in UTF-16
        return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _by_script(sample)
    return "utf-8"


def _by_script(sample: bytes) -> str:
    """The likeliest of the encodings of one script: letters beyond ASCII stand alone in Western text, else in runs."""
    runs = re.findall(rb"[\x80-\xff]+(?:[\x40-\x7e][\x80-\xff]+)*", sample)
    if sum(map(len, runs)) < 3 * len(runs):
        return "cp1252"
    for encoding, letters in EAST_ASIAN.items():
        text = sample.decode(encoding, errors="ignore")
        beyond = [character for character in text if character > "\x7f"]
        share = 0.2 if encoding == "cp932" else 0.9  # Japanese mixes kana with thousands of other signs
        strict = len(text.encode(encoding, errors="ignore")) > 0.98 * len(sample)
        found = re.findall(f"[{letters}]", text)
        if encoding == "gb18030":  # the commonest 3,755 signs; Russian read as Chinese gives rare ones
            found = [sign for sign in found if sign.encode(encoding)[0] <= COMMON_CHINESE]
        if strict and beyond and len(found) > share * len(beyond):
            return encoding
    russian = sample.decode("cp1251", errors="ignore")
    return "cp1251" if _is_lower(russian) else "cp1252"


def _is_lower(russian: str) -> bool:
    """Whether most Cyrillic letters are small ones, as in words; Western text read as Cyrillic has no such order."""
    letters = re.findall("[\u0400-\u04ff]", russian)
    beyond = [character for character in russian if character > "\x7f"]
    small = sum(letter.islower() for letter in letters)
    return bool(letters) and len(letters) > 0.9 * len(beyond) and small > 0.5 * len(letters)
