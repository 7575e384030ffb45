"""Every name that the firmware uses: empty here, filled in by the build (tools/names.py).

MicroPython keeps its names in blocks, each twice the size of the last, and frees none. Where modules
come from files, a block that is only needed for a page opened later (14 KB on a PC) may find no gap of
its size any more. So all names are made at the start, while the heap is whole.
"""
