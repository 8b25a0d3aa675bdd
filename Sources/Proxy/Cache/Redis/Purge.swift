/// What is to be removed from all layers of all replicas.
package struct Purge: Sendable, Equatable {
    package var selection: CacheSelection
    /// Stale answers may still be given while new ones are fetched; Redis removes in either case.
    package var isSoft: Bool
    /// When it was asked for, wall-clock milliseconds: what was asked for later is not meant.
    package var at: Int64

    package init(_ selection: CacheSelection, isSoft: Bool = false, at: Int64) {
        self.selection = selection
        self.isSoft = isSoft
        self.at = at
    }
}
