# Fields that are a token and parameters, such as Content-Disposition or Authorization. Lazy module: for extensions.

from .http import _TOKEN, HTTPException


def params(value, separator=b";"):
    """Parse a field's value (bytes): a token, then name=value pairs (RFC 9110 5.6.6, 11.4).

    Return (token, dict), all bytes, token and names in lower case. A value is a token or a quoted string, which is
    returned without its quotes; a backslash there escapes a quote or a backslash, and stays before anything else, as
    browsers send file names. separator: b";" or, for Authorization, b",". Raises HTTPException 400 for a pair that is
    malformed or comes twice.
    """
    value = bytes(value).strip(b" \t")
    n = len(value)
    i = 0
    while i < n and value[i] not in b" \t" and value[i] != separator[0]:
        i += 1
    token = value[:i].lower()
    found = {}
    while i < n:
        if value[i] in b" \t" or value[i] == separator[0]:
            i += 1
            continue
        equals = value.find(b"=", i)
        name = value[i:equals].rstrip(b" \t").lower()
        if equals < 0 or not name or name.strip(_TOKEN) or name in found:
            raise HTTPException(400, "A field's parameter is malformed, or comes twice")
        i = equals + 1
        while i < n and value[i] in b" \t":
            i += 1
        if value[i : i + 1] == b'"':
            got = bytearray()
            i += 1
            while i < n and value[i] != 34:
                if value[i] == 92 and value[i + 1 : i + 2] in (b'"', b"\\"):
                    i += 1
                got.append(value[i])
                i += 1
            found[name] = bytes(got)
            if i == n:
                raise HTTPException(400, "A field's parameter is malformed, or comes twice")
            i += 1
            start = i
        else:
            start = i
        end = value.find(separator, i)
        if end < 0:
            end = n
        rest = value[start:end].rstrip(b" \t")
        if name not in found:
            found[name] = rest
        elif rest:
            raise HTTPException(400, "A field's parameter is malformed, or comes twice")
        i = end
    return token, found
