/// What a memory layer counts of itself.
package struct MemoryFigures: Sendable, Equatable {
    package var entries = 0
    /// Of memory, the tables included.
    package var bytes = 0
    package var hits = 0
    package var misses = 0
    package var insertions = 0
    /// Those that left for lack of room.
    package var evictions = 0
    /// Those found to have been there for as long as they may.
    package var expired = 0
    /// Answers that were larger than the layer takes.
    package var refused = 0

    package static func += (one: inout MemoryFigures, other: MemoryFigures) {
        one.entries += other.entries
        one.bytes += other.bytes
        one.hits &+= other.hits
        one.misses &+= other.misses
        one.insertions &+= other.insertions
        one.evictions &+= other.evictions
        one.expired &+= other.expired
        one.refused &+= other.refused
    }
}
