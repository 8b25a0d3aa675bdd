/// What a disk layer counts of itself.
package struct DiskFigures: Sendable, Equatable {
    package var entries = 0
    /// On the disk, in whole blocks.
    package var bytes = 0
    package var hits = 0
    package var misses = 0
    package var insertions = 0
    /// Those that left for lack of room.
    package var evictions = 0
    package var expired = 0
    /// Files that were not what had been written.
    package var damaged = 0
    /// Answers that were too large, came too fast, or met a disk that takes nothing.
    package var refused = 0
    /// The index has been made of what an earlier process left.
    package var isReady = false
}
