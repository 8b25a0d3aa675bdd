/// Agents that an exchange has been to: the last eight, which is more than retries are ever allowed.
package struct Tried: Sendable {
    package static let most = 8

    private var indices = InlineArray<8, Int32>(repeating: -1)
    private var added: Int32 = 0

    package init() {}

    package init(_ indices: some Sequence<Int>) {
        for index in indices { add(index) }
    }

    package var isEmpty: Bool { added == 0 }
    package var count: Int { min(Int(added), Tried.most) }

    /// Beyond eight, the oldest is forgotten.
    package mutating func add(_ index: Int) {
        guard let index = Int32(exactly: index), index >= 0, !contains(Int(index)) else { return }
        indices[Int(added) % Tried.most] = index
        // Past eight only the remainder matters; it must not overflow.
        added = added < 2 * Int32(Tried.most) - 1 ? added + 1 : Int32(Tried.most)
    }

    package subscript(_ position: Int) -> Int { Int(indices[position]) }

    package func contains(_ index: Int) -> Bool {
        for position in 0..<count where Int(indices[position]) == index { return true }
        return false
    }
}
