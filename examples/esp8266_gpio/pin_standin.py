# A stand-in for machine.Pin, for a PC, where there is none. A board needs no copy of this file.


class Pin:
    IN, OUT = 0, 1

    def __init__(self, number, mode=IN, value=0):
        self._mode = mode
        self._value = value

    def value(self, *value):
        """Return the level, or set it: as on a board, setting an input has no visible effect."""
        if not value:
            return self._value
        if self._mode == self.OUT:
            self._value = 1 if value[0] else 0
