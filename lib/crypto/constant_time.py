"""Comparison of secrets without an early way out."""


def equal(left, right) -> bool:
    """Whether two byte strings are equal; every octet of both is looked at.

    Only the lengths can show in the time taken: with different lengths the octets of `right` are
    still all read. What a bytecode interpreter adds on top (heap, cache, interrupts) does not
    depend on where the first difference lies.
    """
    length = len(left)
    same_length = length == len(right)
    reference = left if same_length else right
    difference = 0 if same_length else 1
    for index in range(len(right)):
        difference |= reference[index] ^ right[index]
    return difference == 0
