extension Node {
    /// Whether both are one and the same list or object in memory, and so the same without looking further. A change
    /// copies the containers on its way and leaves the others as they are, so this tells most of two versions apart at
    /// no cost. False says nothing.
    func isShared(with other: Node) -> Bool {
        switch (value, other.value) {
        case (.array(let one), .array(let two)):
            one.count == two.count
                && one.withUnsafeBufferPointer { one in
                    two.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
                }
        case (.object(let one), .object(let two)):
            one.count == two.count
                && one.withUnsafeBufferPointer { one in
                    two.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
                }
        default: false
        }
    }
}
