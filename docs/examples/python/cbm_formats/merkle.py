"""Merkle trees of RFC 6962: roots, and proofs of inclusion and consistency."""

from cbm_formats.digests import DIGEST_BYTES, node_hash, sha256
from cbm_formats.refused import require

EMPTY_ROOT = sha256()


class Frontier:
    """A tree of which only the roots of its full subtrees are kept: enough to add leaves to it."""

    def __init__(self, size=0, roots=()):
        self.size = size
        self.roots = list(roots)  # From the left: one for each bit of `size` that is set.
        require(len(self.roots) == size.bit_count(), "a frontier has one root for each bit of its size")

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf = node_hash(self.roots.pop(), leaf)
            size >>= 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves):
    """The root of a tree of these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def verify_inclusion(leaf, index, size, proof, root):
    """RFC 9162, section 2.1.3.2: the leaf is the one of that index in the tree of that size and root."""
    _require_hashes(leaf, root, *proof)
    require(index < size, "the index is not in the tree")
    first, last, computed = index, size - 1, leaf
    for each in proof:
        require(last != 0, "the proof is too long")
        if first & 1 or first == last:
            computed = node_hash(each, computed)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            computed = node_hash(computed, each)
        first, last = first >> 1, last >> 1
    require(last == 0, "the proof is too short")
    require(computed == root, "the proof does not lead to the root")


def verify_consistency(first_size, first_root, second_size, second_root, proof):
    """RFC 9162, section 2.1.4.2: the second tree begins with all of the first.

    Every tree begins with the empty one; that has an empty proof.
    """
    _require_hashes(first_root, second_root, *proof)
    require(first_size <= second_size, "the first tree is the larger")
    if first_size == 0 or first_size == second_size:
        require(not proof, "the proof is too long")
        require(first_root == (second_root if first_size == second_size else EMPTY_ROOT),
                "the roots are different")
        require(first_size != 0 or first_root == EMPTY_ROOT, "the root of no leaves is another")
        return
    path = list(proof)
    if first_size & (first_size - 1) == 0:
        path.insert(0, first_root)
    require(path, "the proof is too short")
    node, last = first_size - 1, second_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first, second = path[0], path[0]
    for each in path[1:]:
        require(last != 0, "the proof is too long")
        if node & 1 or node == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while node & 1 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, each)
        node, last = node >> 1, last >> 1
    require(last == 0, "the proof is too short")
    require(first == first_root and second == second_root, "the proof does not lead to the roots")


def _require_hashes(*hashes):
    require(all(len(each) == DIGEST_BYTES for each in hashes), "a hash has not 32 bytes")
