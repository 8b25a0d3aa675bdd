/// Which agent a number between 0 and 2^64 belongs to, in constant time. One a pool, shared by all loops.
protocol KeyTable: StrategyTable {
    /// What it was built with, one for each agent of the pool.
    var weights: [Int] { get }
    /// Of their ids.
    var hashes: [UInt64] { get }
    /// Nobody has a share.
    var isEmpty: Bool { get }
    /// An index into the pool's agents.
    func owner(of number: UInt64) -> Int
}

extension KeyTable {
    package func fits(_ agents: [Agent]) -> Bool {
        weights.elementsEqual(agents.lazy.map(\.weight))
            && hashes.elementsEqual(agents.lazy.map { StableHash.of($0.id) })
    }
}

/// Finds a key's agent in a table that knows neither who can serve nor what weights have become since it was built.
///
/// Whoever the table names and who is not to have the key sends it on to a place drawn from the key alone (Chen,
/// Coleman, Shrivastava, 2021): what an agent cannot take is spread over all others, not heaped on the next one, and
/// the same key goes the same way.
struct Jumps<Table: KeyTable>: KeyOwners {
    /// With a third of the agents usable two keys of a million get this far.
    private static var most: Int { 32 }

    private let seats: UnsafeBufferPointer<Seat>
    private var table: Table?
    private var bound: LoadBound
    /// For the keys that jumped too often.
    private var owners: Owners
    /// The chance that an agent keeps a key, as a share of 2^32: its weight now, beside what it was built with.
    private var chances: [UInt64]
    private var isThinned = false
    /// Someone has weight who had none when the table was built, and has no place in it.
    private var isOutdated = false

    init(_ seats: UnsafeBufferPointer<Seat>, bound factor: Double) {
        self.seats = seats
        bound = LoadBound(factor)
        owners = Owners(seats, bound: factor)
        chances = Array(repeating: 1 << 32, count: seats.count)
    }

    mutating func use(_ table: any StrategyTable) {
        guard let table = table as? Table, table.weights.count == seats.count else { return }
        self.table = table
        reweigh()
    }

    mutating func reweigh() {
        owners.reweigh()
        isThinned = false
        isOutdated = false
        guard let table else { return }
        var most = 0.0
        for (seat, weight) in zip(seats, table.weights) {
            if weight > 0 { most = max(most, Double(seat.weight) / Double(weight)) }
            if weight == 0, seat.weight > 0 { isOutdated = true }
        }
        guard most > 0 else { return }
        for index in seats.indices where table.weights[index] > 0 {
            let share = Double(seats[index].weight) / Double(table.weights[index]) / most
            chances[index] = UInt64(min(max(share, 0), 1) * 0x1p32)
            if chances[index] < 1 << 32 { isThinned = true }
        }
    }

    mutating func owner(of key: UInt64, _ among: Candidates, _ now: Int64) -> Int? {
        guard let table, !isOutdated, !table.isEmpty else { return owners.owner(of: key, among, now) }
        bound.begin()
        var number = StableHash.mix(key)
        for _ in 0..<Jumps.most {
            let index = table.owner(of: number)
            if among.isUsable(index), keeps(number, index, among), bound.admits(among[index], among, now) {
                return index
            }
            number = StableHash.mix(number &+ 0x9E37_79B9_7F4A_7C15)
        }
        return owners.owner(of: key, among, now)
    }

    @inline(__always)
    private func keeps(_ number: UInt64, _ index: Int, _ among: Candidates) -> Bool {
        !isThinned || StableHash.mix(number ^ among[index].hash) >> 32 < chances[index]
    }
}
