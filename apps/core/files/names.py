"""The name people see. It is data: it never becomes a path, and its ending says what the content is."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from apps.core.files.kinds import FileType
from apps.core.masking import mask

LONGEST = 120
# Endings that some system opens or runs. In front of the real ending they would only mislead.
_ENDINGS = frozenset(
    {"exe", "scr", "com", "bat", "cmd", "msi", "msp", "dll", "sys", "cpl", "pif", "lnk", "url", "reg", "hta"}
    | {"js", "jse", "mjs", "vbs", "vbe", "wsf", "wsh", "ps1", "jar", "apk", "app", "dmg", "iso", "img", "sh"}
    | {"html", "htm", "xhtml", "shtml", "svg", "svgz", "xml", "xsl", "php", "php5", "phtml", "pht", "phar"}
    | {"asp", "aspx", "jsp", "cgi", "pl", "py", "swf", "docm", "xlsm", "pptm", "mht", "mhtml", "htaccess"}
    | {"jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "avif", "pdf", "rtf", "txt", "csv"}
    | {"doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "zip", "rar", "7z", "gz", "tar"}
    | {"mp3", "m4a", "aac", "wav", "ogg", "oga", "opus", "flac", "amr", "weba", "mp4", "mov", "avi", "mkv"}
    | {"webm", "ogv", "3gp", "log", "md", "json", "vcf", "ics"}
)
_LAST_ENDING = re.compile(r"\.(?=[A-Za-z0-9]{1,5}$)(?=\d*[A-Za-z])[A-Za-z0-9]+$")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def display_name(given: str, file_type: FileType) -> str:
    """A name fit to be shown and saved: one line, no path, no hidden direction marks, one true ending."""
    stem = _stem(_visible(given))
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem or _('file')}.{file_type.extension}"


def _visible(given: str) -> str:
    """The last part of the path without control, format, private and surrogate characters."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    # Zl, Zp: separators of lines; Cf holds the marks that turn "fdp.exe" around.
    kept = (
        each for each in name if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    return _FORBIDDEN.sub("_", " ".join("".join(kept).split()))


def _stem(name: str) -> str:
    stem = _LAST_ENDING.sub("", name)
    while stem.rpartition(".")[0] and stem.rpartition(".")[2].lower().strip() in _ENDINGS:
        stem = stem.rpartition(".")[0]
    return mask(stem[:LONGEST]).strip(" .")
