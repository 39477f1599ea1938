# A strict and quick parser of the fields of a head, which remembers lines. Loaded with known_heads.

from .http import _FRAMING, _NAME, _TOKEN

# Bytes of the lines that are known to be right: those of a few heads.
_LIMITS = 2048
# An ESP8266 does not have it: there request.read_head() parses heads with new fields.
_list = getattr(bytes, "splitlines", None)


class Fields:
    """Lines of fields that are known to be right."""

    def __init__(self):
        # What _line() has returned, by line.
        self._taken = {}
        self._left = _LIMITS
        # Lines of the head that was parsed last, which were not known: those that come again are remembered.
        self._before = ()
        # The heads of one kind of browser have the same names in the same order, and few values that change, such as
        # those of Cookie and Referer: all bytes but those values (a list of bytes), and what read() has returned. To
        # find them again takes half the instructions of a split.
        self._around = (), None

    def read(self, block, most):
        """Return (host, keep_alive, content_length) of the fields in a block of bytes, None where one of them is odd.

        block: from the first CR LF of a head to its empty line. most: how many fields it may have.
        """
        pieces, result = self._around
        values = []
        i = 0
        for piece in pieces:
            start = block.find(piece, i)
            if start < 0:
                break
            values.append(block[i:start])
            i = start + len(piece)
        if i == len(block):
            values.append(b".")
            values = b".".join(values)
            # A line end in a value is a field more, or an odd one.
            if len(_list(values)) == 1 and values.find(b"\0") < 0:
                return result
        lines = _list(block) if _list else ()
        # The first line is what stands before the first CR LF, the last one the empty line. Each ends with two bytes,
        # unless it was a CR or an LF alone that ended it: then bytes are left.
        n = len(lines)
        if not 1 < n < most + 3:
            return None
        left = len(block) - n - n
        del lines[0], lines[-1]
        known = self._taken
        host = length = None
        keep = True
        new = []
        plain = True
        for line in lines:
            left -= len(line)
            found = known.get(line)
            if found is None:
                found = self._line(line)
                plain = plain and found == ()
                new.append(line)
            if found:
                n, value = found
                if n == 10:
                    keep = keep and value
                elif n == 4 and not host:
                    host = value
                elif n == 14 and length is None:
                    length = value
                else:
                    return None
            elif found is None:
                return None
        again = len(new) == len(self._before)
        self._before = new
        if not host or left:
            return None
        result = host, keep, length or 0
        if again and plain and 0 < len(new) < 6 and len(block) < 1024:
            pieces = []
            i = 0
            for line in new:
                start = block.find(b"\r\n%s\r\n" % line, i) + 2
                end = start + len(line)
                start = block.find(b":", start) + 1
                pieces.append(block[i:start])
                i = end
            pieces.append(block[i:])
            self._around = pieces, result
        return result

    def _line(self, line):
        # Return (the length of its name, what it means) of the line of a field that frames or routes a message, () for
        # any other one, None if it is odd; see http.plain_head().
        known = self._taken
        n = line.find(b":")
        name = line[: n + 1]
        new = known.get(name) != ()
        if new and (n < 1 or line[:n].strip(_TOKEN)) or line.find(b"\0") >= 0:
            return None
        found = ()
        if new and n < 18 and _FRAMING[n] and name[:n].lower() == _FRAMING[n]:
            value = line[n + 1 :].strip(b" \t")
            if len(line) - n > 255:
                return None
            if n == 4:
                i = value.find(b":")
                name = value if i < 0 else value[:i]
                if not name or name.strip(_NAME) or i >= 0 and not value[i + 1 :].isdigit():
                    return None
            elif n == 10:
                name = value.lower()
                value = name != b"close"
                if value and name not in b"keep-alive, upgrade":
                    return None
            elif n == 14 and value.isdigit() and len(value) < 10:
                value = int(value)
            else:
                return None
            found = n, value
            new = False
        again = line in self._before
        if new or again:
            if self._left < 0:
                known.clear()
                self._left = _LIMITS
            self._left -= len(line) + 32
            # A name that frames nothing is known as the line of a field without a value.
            if new:
                known[name] = found
            if again:
                known[line] = found
        return found
