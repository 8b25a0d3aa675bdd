extension Array where Element == UInt8 {
    /// Itself, or a copy where growing left room of more than an allocator's step.
    var exact: [UInt8] { capacity - count <= 32 ? self : copied }

    /// In memory of its own, of exactly its size. (An array made of a whole slice would share the memory.)
    var copied: [UInt8] {
        Self(unsafeUninitializedCapacity: count) { memory, filled in
            filled = memory.initialize(fromContentsOf: self)
        }
    }
}
