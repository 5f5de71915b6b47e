"""The flash as a ring of segments that are written from end to end and erased as a whole.

The flash is a block device of MicroPython's: `readblocks(block, buffer, offset)`, `writeblocks(block, buffer, offset)`,
which only clears bits, and `ioctl`: 4 counts the blocks, 5 is a block's size, 6 erases one to 0xFF.
Nothing is ever written twice between two erasures, and each write begins and ends at a page.
"""

from forehand import records

COUNT, SIZE, ERASE = 4, 5, 6
SEGMENT_BYTES = 8192  # at least
LEAST_SEGMENTS = 8
PAGE_BYTES = 256  # what every flash chip writes at once


class Ring:
    """Where records stand, and how they are read again. Raises ValueError for a flash that is too small."""

    def __init__(self, flash, page=PAGE_BYTES):
        self._flash = flash
        self._page = page
        self._block = flash.ioctl(SIZE, 0)
        self._blocks = max(1, (SEGMENT_BYTES + self._block - 1) // self._block)
        self.segment_bytes = self._block * self._blocks
        self.segments = flash.ioctl(COUNT, 0) // self._blocks
        if self.segments < LEAST_SEGMENTS:
            raise ValueError(f"the spool needs {LEAST_SEGMENTS * self.segment_bytes} bytes of flash")

    def padded(self, body_bytes):
        """How much of the ring a record takes."""
        return self._up(records.HEAD_BYTES + body_bytes)

    def erase(self, segment):
        """From the front: the checkpoint goes first."""
        for block in range(self._blocks):
            self._flash.ioctl(ERASE, segment * self._blocks + block)

    def write(self, at, record):
        padded = bytearray(b"\xff" * self._up(len(record)))
        padded[: len(record)] = record
        for block, offset, first, last in self._parts(at, len(padded)):
            self._flash.writeblocks(block, memoryview(padded)[first:last], offset)

    def read(self, at, size):
        data = bytearray(size)
        for block, offset, first, last in self._parts(at, size):
            self._flash.readblocks(block, memoryview(data)[first:last], offset)
        return bytes(data)

    def record(self, at):
        """(kind, mark, seq, body) of the whole record that stands here, or None."""
        if at % self.segment_bytes + records.HEAD_BYTES > self.segment_bytes:
            return None
        head_bytes = self.read(at, records.HEAD_BYTES)
        head = records.head(head_bytes)
        if head is None or at % self.segment_bytes + records.HEAD_BYTES + head[2] > self.segment_bytes:
            return None
        body = self.read(at + records.HEAD_BYTES, head[2])
        return (head[0], head[1], head[3], body) if records.is_whole(head_bytes, body) else None

    def every(self, segment):
        """(at, record) of every whole record of a segment, in order; what is torn or rotten is passed over."""
        at, end = segment * self.segment_bytes, (segment + 1) * self.segment_bytes
        while at < end:
            record = self.record(at)
            if record is not None:
                yield at, record
            at += self._page if record is None else self.padded(len(record[3]))

    def resume(self, segment):
        """Where to write on after a start: a whole page behind whatever a power cut may have left there."""
        first, at = segment * self.segment_bytes, (segment + 1) * self.segment_bytes
        empty = b"\xff" * PAGE_BYTES
        while at > first and self.read(at - PAGE_BYTES, PAGE_BYTES) == empty:
            at -= PAGE_BYTES
        return at + PAGE_BYTES

    def _up(self, size):
        return (size + self._page - 1) // self._page * self._page

    def _parts(self, at, size):
        """(block, offset in it, first, last of the buffer): no piece crosses a block's border."""
        done = 0
        while done < size:
            offset = (at + done) % self._block
            step = min(size - done, self._block - offset)
            yield (at + done) // self._block, offset, done, done + step
            done += step
