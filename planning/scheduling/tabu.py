"""Shorter makespans of job shops by tabu search and path relinking, in compiled code.

For shops whose machines leave nothing to choose but sequences. A solution is the sequence of every machine; moves take an
operation of a critical block to its begin or end, or the block's first or last one into it, and are judged by an estimate
of the longest path through what they touch. Local optima are kept in a small population; new ones come from the way between
two of them.

Sources: Balas and Vazacopoulos (1998) for moves and estimates, Zhang, Li, Guan and Rao (2007) for the neighbourhood (N7), Peng, Lu
and Cheng (2015) for tabu search with path relinking (TS/PR).
"""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np

from planning.compiled import kernel
from planning.scheduling.problem import NOBODY, Arrays, IntArray, Schedule
from planning.scheduling.timing import timed, work_before

CUTOFF = 12_500
"""Moves without a better solution after which a search ends."""

POPULATION = 12
RESEMBLANCE = 0.02
"""Share of all turns that two members must differ by."""

STALE = 25
"""Searches without a new member after which the population begins anew."""
LONGEST_TENURE = 32


class JobShop(NamedTuple):
    """Minutes, machine, earliest start by operation; operations of a job stand behind one another, `first` and `last` tell
    where a job begins and ends (1 or 0)."""

    minutes: IntArray
    machine: IntArray
    release: IntArray
    first: IntArray
    last: IntArray


class Sequences(NamedTuple):
    """The operation before and after each on its machine, NOBODY at the ends."""

    before: IntArray
    after: IntArray


class Paths(NamedTuple):
    """Longest ways by operation: `head` before it, `tail` behind it; `order` is topological, `waits` room to find it."""

    head: IntArray
    tail: IntArray
    order: IntArray
    waits: IntArray


def job_shop_of(arrays: Arrays) -> JobShop | None:
    """The shop, in working minutes of its one calendar; None where it has more to it than sequences."""
    plain = arrays.before.size == 0 and np.array_equal(arrays.alt_lead, arrays.alt_minutes)
    if not plain or arrays.op_job.size == 0 or arrays.alt_minutes.min() <= 0:
        return None
    job = arrays.op_job
    first = np.concatenate([[True], job[1:] != job[:-1]])
    release = np.array([work_before(arrays, 0, int(wall)) for wall in arrays.op_release], dtype=np.int64)
    ones = (first.astype(np.int64), np.concatenate([first[1:], [True]]).astype(np.int64))
    return JobShop(arrays.alt_minutes.astype(np.int64), arrays.alt_machine.astype(np.int64), release, *ones)


@kernel
def _ready(shop: JobShop, paths: Paths, op: int) -> int:
    """When job and release let the operation begin."""
    ready = shop.release[op]
    if not shop.first[op]:
        ready = max(ready, paths.head[op - 1] + shop.minutes[op - 1])
    return ready


@kernel
def _rest(shop: JobShop, paths: Paths, op: int) -> int:
    """How long the job goes on behind the operation."""
    return 0 if shop.last[op] else int(paths.tail[op + 1] + shop.minutes[op + 1])


@kernel
def _release(paths: Paths, op: int, placed: int) -> int:
    """One predecessor less to wait for; how many operations can be placed then."""
    paths.waits[op] -= 1
    if paths.waits[op] == 0:
        paths.order[placed] = op
        placed += 1
    return placed


@kernel
def _find_heads(shop: JobShop, sequences: Sequences, paths: Paths) -> bool:
    """Fill order and heads; False where the sequences contradict each other (Kahn's order)."""
    count = shop.minutes.size
    done, placed = 0, 0
    for op in range(count):
        paths.waits[op] = 2 - shop.first[op]
        if sequences.before[op] == NOBODY:
            placed = _release(paths, op, placed)
    while done < placed:
        op = int(paths.order[done])
        done += 1
        head = _ready(shop, paths, op)
        other = sequences.before[op]
        if other != NOBODY:
            head = max(head, paths.head[other] + shop.minutes[other])
        paths.head[op] = head
        if not shop.last[op]:
            placed = _release(paths, op + 1, placed)
        if sequences.after[op] != NOBODY:
            placed = _release(paths, int(sequences.after[op]), placed)
    return placed == count


@kernel
def find_paths(shop: JobShop, sequences: Sequences, paths: Paths) -> int:
    """Fill the paths; the makespan, or NOBODY where the sequences contradict each other."""
    if not _find_heads(shop, sequences, paths):
        return NOBODY
    makespan = 0
    for k in range(shop.minutes.size - 1, -1, -1):
        op = int(paths.order[k])
        tail = _rest(shop, paths, op)
        other = sequences.after[op]
        if other != NOBODY:
            tail = max(tail, paths.tail[other] + shop.minutes[other])
        paths.tail[op] = tail
        makespan = max(makespan, paths.head[op] + shop.minutes[op] + tail)
    return makespan


@kernel
def _critical_path(shop: JobShop, sequences: Sequences, paths: Paths, makespan: int, path: IntArray) -> int:
    """Fill `path` with a longest path, drawn where there are several; how many operations it has. It stands backwards."""
    op, seen = NOBODY, 0
    for k in range(shop.minutes.size):
        if paths.head[k] + shop.minutes[k] == makespan:
            seen += 1
            if np.random.randint(seen) == 0:
                op = k
    length = 0
    while op != NOBODY:
        path[length] = op
        length += 1
        by_job, by_machine = NOBODY, NOBODY
        if not shop.first[op] and paths.head[op - 1] + shop.minutes[op - 1] == paths.head[op]:
            by_job = op - 1
        other = sequences.before[op]
        if other != NOBODY and paths.head[other] + shop.minutes[other] == paths.head[op]:
            by_machine = other
        op = max(by_job, by_machine)
        if min(by_job, by_machine) != NOBODY and np.random.randint(2) == 0:
            op = min(by_job, by_machine)
    return length


@kernel
def _estimate_later(shop: JobShop, sequences: Sequences, paths: Paths, u: int, v: int, heads: IntArray) -> int:
    """Longest path through what changes if u moves right behind v."""
    before, after = sequences.before[u], sequences.after[v]
    ends = 0 if before == NOBODY else paths.head[before] + shop.minutes[before]
    op, count = int(sequences.after[u]), 0
    while True:
        heads[count] = max(_ready(shop, paths, op), ends)
        ends = heads[count] + shop.minutes[op]
        count += 1
        if op == v:
            break
        op = int(sequences.after[op])
    head = max(_ready(shop, paths, u), ends)
    tail = 0 if after == NOBODY else paths.tail[after] + shop.minutes[after]
    tail = max(_rest(shop, paths, u), tail)
    longest = head + shop.minutes[u] + tail
    behind, op = tail + shop.minutes[u], v
    for k in range(count - 1, -1, -1):
        tail = max(_rest(shop, paths, op), behind)
        longest = max(longest, heads[k] + shop.minutes[op] + tail)
        behind = tail + shop.minutes[op]
        op = sequences.before[op]
    return longest


@kernel
def _estimate_earlier(shop: JobShop, sequences: Sequences, paths: Paths, u: int, v: int, tails: IntArray) -> int:
    """Longest path through what changes if v moves right before u."""
    before, after = sequences.before[u], sequences.after[v]
    behind = 0 if after == NOBODY else paths.tail[after] + shop.minutes[after]
    op, count = int(sequences.before[v]), 0
    while True:
        tails[count] = max(_rest(shop, paths, op), behind)
        behind = tails[count] + shop.minutes[op]
        count += 1
        if op == u:
            break
        op = int(sequences.before[op])
    tail = max(_rest(shop, paths, v), behind)
    ends = 0 if before == NOBODY else paths.head[before] + shop.minutes[before]
    head = max(_ready(shop, paths, v), ends)
    longest = head + shop.minutes[v] + tail
    ends, op = head + shop.minutes[v], u
    for k in range(count - 1, -1, -1):
        head = max(_ready(shop, paths, op), ends)
        longest = max(longest, head + shop.minutes[op] + tails[k])
        ends = head + shop.minutes[op]
        op = sequences.after[op]
    return longest


@kernel
def _unlink(sequences: Sequences, op: int) -> None:
    before, after = sequences.before[op], sequences.after[op]
    if before != NOBODY:
        sequences.after[before] = after
    if after != NOBODY:
        sequences.before[after] = before


@kernel
def _link_behind(sequences: Sequences, op: int, place: int) -> None:
    """Put an unlinked operation right behind another."""
    after = sequences.after[place]
    sequences.before[op], sequences.after[op] = place, after
    sequences.after[place] = op
    if after != NOBODY:
        sequences.before[after] = op


@kernel
def _link_before(sequences: Sequences, op: int, place: int) -> None:
    """Put an unlinked operation right before another."""
    before = sequences.before[place]
    sequences.before[op], sequences.after[op] = before, place
    sequences.before[place] = op
    if before != NOBODY:
        sequences.after[before] = op


@kernel
def _is_tabu(sequences: Sequences, tabu: IntArray, now: int, u: int, v: int, later: bool) -> bool:
    """Whether the move would bring back a turn that was taken away lately."""
    count = sequences.before.size
    op = u
    while op != v:
        op = sequences.after[op] if later else op
        if later and tabu[op * count + u] > now:
            return True
        if not later:
            if tabu[v * count + op] > now:
                return True
            op = sequences.after[op]
    return False


@kernel
def _forbid(sequences: Sequences, tabu: IntArray, until: int, u: int, v: int, later: bool) -> None:
    """Forbid the turns that the move takes away; before it is made."""
    count = sequences.before.size
    op = u
    while op != v:
        if later:
            op = sequences.after[op]
            tabu[u * count + op] = until
        else:
            tabu[op * count + v] = until
            op = sequences.after[op]


@kernel
def _consider(
    shop: JobShop,
    sequences: Sequences,
    paths: Paths,
    tabu: IntArray,
    now: int,
    u: int,
    v: int,
    later: bool,
    least: int,
    room: IntArray,
    move: IntArray,
) -> None:
    """Judge a move; move = [u, v, later, estimate, how many as good, and the same of a tabu one drawn at random]."""
    if later:
        if not shop.last[u] and paths.tail[v] + shop.minutes[v] < paths.tail[u + 1] + shop.minutes[u + 1]:
            return
        estimate = _estimate_later(shop, sequences, paths, u, v, room)
    else:
        if not shop.first[v] and paths.head[u] + shop.minutes[u] < paths.head[v - 1] + shop.minutes[v - 1]:
            return
        estimate = _estimate_earlier(shop, sequences, paths, u, v, room)
    if estimate >= least and _is_tabu(sequences, tabu, now, u, v, later):
        move[9] += 1
        if np.random.randint(move[9]) == 0:
            move[5], move[6], move[7] = u, v, later
        return
    if estimate < move[3]:
        move[3], move[4] = estimate, 0
    if estimate == move[3]:
        move[4] += 1
        if np.random.randint(move[4]) == 0:
            move[0], move[1], move[2] = u, v, later


@kernel
def _neighbours(
    shop: JobShop,
    sequences: Sequences,
    paths: Paths,
    tabu: IntArray,
    now: int,
    path: IntArray,
    length: int,
    least: int,
    room: IntArray,
    move: IntArray,
) -> None:
    """Judge all moves of the critical blocks; `path` stands backwards."""
    move[:] = NOBODY
    move[3], move[4], move[9] = 2**62, 0, 0
    end = 0
    while end < length:
        begin = end
        while begin + 1 < length and shop.machine[path[begin + 1]] == shop.machine[path[end]]:
            begin += 1
        u, v = path[begin], path[end]
        if begin > end:
            _consider(shop, sequences, paths, tabu, now, u, v, True, least, room, move)
            if begin > end + 1:
                _consider(shop, sequences, paths, tabu, now, u, v, False, least, room, move)
            for k in range(end + 1, begin):
                x = path[k]
                _consider(shop, sequences, paths, tabu, now, x, v, True, least, room, move)
                _consider(shop, sequences, paths, tabu, now, u, x, False, least, room, move)
                if k < begin - 1:
                    _consider(shop, sequences, paths, tabu, now, u, x, True, least, room, move)
                if k > end + 1:
                    _consider(shop, sequences, paths, tabu, now, x, v, False, least, room, move)
        end = begin + 1


@kernel
def _copy(source: Sequences, target: Sequences) -> None:
    for op in range(source.before.size):
        target.before[op], target.after[op] = source.before[op], source.after[op]


@kernel
def tabu_search(
    shop: JobShop,
    sequences: Sequences,
    best: Sequences,
    paths: Paths,
    tabu: IntArray,
    path: IntArray,
    room: IntArray,
    move: IntArray,
    tenure: int,
    cutoff: int,
    target: int,
    seed: int,
) -> int:
    """Search from `sequences` until nothing better was found for `cutoff` moves; the makespan of `best`, which is filled.

    Args:
        tabu: int64[N * N] to write on; path, room: int64[N]; move: int64[10].
        tenure: moves for which a turn stays forbidden, at least; at most twice as many.
        target: a makespan at which the search may end.
    """
    np.random.seed(seed)
    tabu[:] = 0
    makespan = find_paths(shop, sequences, paths)
    least = makespan
    _copy(sequences, best)
    now, improved = 0, 0
    while now - improved < cutoff and least > target:
        now += 1
        length = _critical_path(shop, sequences, paths, makespan, path)
        _neighbours(shop, sequences, paths, tabu, now, path, length, least, room, move)
        u, v, later = move[0], move[1], move[2] == 1
        if u == NOBODY:
            u, v, later = move[5], move[6], move[7] == 1
        if u == NOBODY:  # One block of everything: nothing can be better.
            break
        _forbid(sequences, tabu, now + tenure + np.random.randint(tenure), u, v, later)
        if later:
            _unlink(sequences, u)
            _link_behind(sequences, u, v)
        else:
            _unlink(sequences, v)
            _link_before(sequences, v, u)
        makespan = find_paths(shop, sequences, paths)
        if makespan < least:
            least, improved = makespan, now
            _copy(sequences, best)
    return least


@kernel
def _positions(sequences: Sequences, position: IntArray) -> None:
    """Place of every operation in its machine's sequence."""
    for op in range(position.size):
        if sequences.before[op] == NOBODY:
            k, other = 0, op
            while other != NOBODY:
                position[other] = k
                k += 1
                other = sequences.after[other]


@kernel
def turns_apart(one: Sequences, other: Sequences, position: IntArray) -> int:
    """Pairs of operations of a machine that stand the other way round.

    >>> there, back = chained(np.array([0, 1, 2]), np.zeros(3, np.int64)), chained(np.array([2, 0, 1]), np.zeros(3, np.int64))
    >>> int(turns_apart(there, back, np.zeros(3, np.int64)))
    2
    """
    _positions(other, position)
    apart = 0
    for op in range(position.size):
        following = one.after[op]
        while following != NOBODY:
            apart += position[following] < position[op]
            following = one.after[following]
    return apart


@kernel
def relink(
    shop: JobShop, sequences: Sequences, goal: Sequences, paths: Paths, position: IntArray, share: float, seed: int
) -> int:
    """Swap neighbours that stand the other way round in `goal`, a share of those that do; how many were swapped."""
    np.random.seed(seed)
    swapped, failed, wanted = 0, 0, int(share * turns_apart(sequences, goal, position))
    while swapped < wanted and failed < 20 * position.size:
        op = np.random.randint(position.size)
        other = sequences.after[op]
        if other == NOBODY or position[other] > position[op]:
            failed += 1
            continue
        _unlink(sequences, op)
        _link_behind(sequences, op, other)
        if find_paths(shop, sequences, paths) == NOBODY:
            _unlink(sequences, op)
            _link_before(sequences, op, other)
            failed += 1
            continue
        swapped += 1
    return swapped


class TabuSearch:
    """A population of local optima that is searched on as long as it is asked."""

    def __init__(self, arrays: Arrays, shop: JobShop, *, seed: int) -> None:
        count = shop.minutes.size
        self._arrays, self._shop = arrays, shop
        self._draw = np.random.default_rng(seed)
        self._paths = Paths(*(np.zeros(count, dtype=np.int64) for _ in range(4)))
        self._path, self._room, self._position = (np.zeros(count + 1, dtype=np.int64) for _ in range(3))
        self._position = self._position[:count]
        self._tabu, self._move = np.zeros(count * count, dtype=np.int64), np.zeros(10, dtype=np.int64)
        jobs, machines = int(shop.first.sum()), int(np.unique(shop.machine).size)
        self._tenure = min(10 + jobs // machines, LONGEST_TENURE)
        self._members: list[tuple[int, Sequences]] = []
        sizes = np.bincount(shop.machine)
        self._resemblance, self._stale = int(RESEMBLANCE * (sizes * (sizes - 1) // 2).sum()), 0

    def run(self, schedule: Schedule, until: float, target: int, offer: Callable[[Schedule], None]) -> None:
        """Search until a time (`perf_counter`) or a makespan in working minutes; every better schedule is offered."""
        least = 2**62
        while perf_counter() < until and least > target:
            size = len(self._members)
            if size < POPULATION:
                start = _sequences_of(self._arrays, schedule) if size == 0 else self._drawn()
            else:
                start = self._between()
            makespan, found = self._searched(start, target)
            self._keep(makespan, found)
            if makespan < least:
                least = makespan
                offer(self._schedule(found))

    def _searched(self, start: Sequences, target: int) -> tuple[int, Sequences]:
        best = Sequences(np.empty_like(start.before), np.empty_like(start.after))
        makespan = tabu_search(self._shop, start, best, self._paths, self._tabu, self._path, self._room, self._move,
                               self._tenure, CUTOFF, target, int(self._draw.integers(2**31)))  # fmt: skip
        return int(makespan), best

    def _drawn(self) -> Sequences:
        """Sequences of a random schedule."""
        shop = self._shop
        turn = np.repeat(np.arange(int(shop.first.sum())), np.diff(np.flatnonzero(np.append(shop.first, 1))))
        self._draw.shuffle(turn)
        starts = np.flatnonzero(shop.first)
        reached = np.zeros(starts.size, dtype=np.int64)
        order = np.empty(turn.size, dtype=np.int64)
        for place, job in enumerate(turn):
            order[place] = starts[job] + reached[job]
            reached[job] += 1
        return chained(order, shop.machine)

    def _between(self) -> Sequences:
        """Sequences on the way from one member to another."""
        one, other = self._draw.choice(len(self._members), size=2, replace=False)
        begin, goal = self._members[int(one)][1], self._members[int(other)][1]
        start = Sequences(begin.before.copy(), begin.after.copy())
        relink(self._shop, start, goal, self._paths, self._position, float(self._draw.uniform(0.3, 0.6)),
               int(self._draw.integers(2**31)))  # fmt: skip
        return start

    def _keep(self, makespan: int, found: Sequences) -> None:
        """Take a local optimum in: instead of those that it resembles if it is better than they are, else of the worst.

        When nothing new comes any more, all but the best leave.
        """
        alike = [
            member for member in self._members if turns_apart(found, member[1], self._position) <= self._resemblance
        ]
        if any(known <= makespan for known, _ in alike):
            self._stale += 1
        else:
            self._members = [member for member in self._members if not any(member is other for other in alike)]
            self._members.append((makespan, found))
            self._stale = 0
        worst = max(self._members, key=lambda member: member[0])
        if len(self._members) > POPULATION:
            self._members = [member for member in self._members if member is not worst]
            self._stale += worst[1] is found
        if self._stale > STALE:
            self._members, self._stale = [min(self._members, key=lambda member: member[0])], 0

    def _schedule(self, sequences: Sequences) -> Schedule:
        find_paths(self._shop, sequences, self._paths)
        lane = self._arrays.machine_lane[self._shop.machine].astype(np.int64)
        return timed(self._arrays, self._paths.order.copy(), np.arange(lane.size, dtype=np.int64), lane)


def warm_up() -> None:
    """Compile the search: two jobs that meet on two machines, the other way round."""
    minutes, machine = np.array([3, 2, 2, 4], dtype=np.int64), np.array([0, 1, 1, 0], dtype=np.int64)
    edges = np.array([1, 0, 1, 0], dtype=np.int64)
    shop = JobShop(minutes, machine, np.zeros(4, dtype=np.int64), edges, 1 - edges)
    paths, room = Paths(*(np.zeros(4, dtype=np.int64) for _ in range(4))), np.zeros(5, dtype=np.int64)
    first, goal = chained(np.array([0, 1, 2, 3]), machine), chained(np.array([2, 3, 0, 1]), machine)
    best = Sequences(first.before.copy(), first.after.copy())
    tabu_search(shop, first, best, paths, np.zeros(16, dtype=np.int64), room, room.copy(), np.zeros(10, dtype=np.int64),
                2, 5, 0, 0)  # fmt: skip
    relink(shop, best, goal, paths, room[:4], 1.0, 0)


def _sequences_of(arrays: Arrays, schedule: Schedule) -> Sequences:
    """The machines' sequences of a schedule."""
    return chained(schedule.order, arrays.alt_machine)


def chained(order: IntArray, machine: IntArray) -> Sequences:
    """Sequences of machines that take operations in an order.

    >>> sequences = chained(np.array([2, 0, 1]), np.array([0, 1, 0]))
    >>> sequences.before.tolist(), sequences.after.tolist()
    ([2, -1, -1], [-1, -1, 0])
    """
    before, after = np.full(order.size, NOBODY, dtype=np.int64), np.full(order.size, NOBODY, dtype=np.int64)
    last: dict[int, int] = {}
    for op in order.tolist():
        other = last.get(int(machine[op]))
        if other is not None:
            before[op], after[other] = other, op
        last[int(machine[op])] = op
    return Sequences(before, after)
