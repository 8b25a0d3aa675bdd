/// Which elements of an array become which of another: the pairs rise on both sides; what is in none goes or comes.
enum Alignment {
    typealias Pair = (old: Int, new: Int)

    /// Comparisons that are worth it for scalars in the middle of two lists.
    private static let comparisons = 1 << 12

    /// By identity where every entry of both has one; else what is the same at both ends, the rest one by one.
    static func pairs(_ old: [Node], _ new: [Node]) -> [Pair] {
        if let pairs = byIdentity(old, new) { return pairs }
        let areScalars = old.allSatisfy(isScalar) && new.allSatisfy(isScalar)
        if old.count == new.count, !areScalars { return old.indices.map { ($0, $0) } }
        let least = min(old.count, new.count)
        var head = 0
        while head < least, old[head].isSame(as: new[head]) { head += 1 }
        var tail = 0
        while tail < least - head, old[old.count - 1 - tail].isSame(as: new[new.count - 1 - tail]) { tail += 1 }
        let middle = (old: head..<old.count - tail, new: head..<new.count - tail)
        var pairs: [Pair] = (0..<head).map { ($0, $0) }
        if areScalars, middle.old.count * middle.new.count <= comparisons {
            let same = common(old, new, middle.old, middle.new)
            var next = (old: head, new: head)
            for pair in same + [(middle.old.upperBound, middle.new.upperBound)] {
                pairs += zip(next.old..<pair.old, next.new..<pair.new).map { ($0, $1) }
                if pair.old < middle.old.upperBound { pairs.append(pair) }
                next = (pair.old + 1, pair.new + 1)
            }
        } else {
            pairs += zip(middle.old, middle.new).map { ($0, $1) }
        }
        return pairs + (0..<tail).reversed().map { (old.count - 1 - $0, new.count - 1 - $0) }
    }

    private static func isScalar(_ node: Node) -> Bool { node.elements == nil && node.members == nil }

    /// Entries of one identity; of those that changed places, as many as possible stay. nil where there are none, or
    /// where one is there twice.
    private static func byIdentity(_ old: [Node], _ new: [Node]) -> [Pair]? {
        guard !old.isEmpty, let key = identity(old, new) else { return nil }
        if old.count == new.count,
            zip(old, new).allSatisfy({ $0.isShared(with: $1) || $0[key]?.string == $1[key]?.string })
        {
            return old.indices.map { ($0, $0) }
        }
        var places: [String: Int] = [:]
        for (index, entry) in old.enumerated() {
            guard let name = entry[key]?.string, places.updateValue(index, forKey: name) == nil else { return nil }
        }
        var seen: Set<String> = []
        var pairs: [Pair] = []
        for (index, entry) in new.enumerated() {
            guard let name = entry[key]?.string, seen.insert(name).inserted else { return nil }
            if let place = places[name] { pairs.append((place, index)) }
        }
        return rising(pairs)
    }

    /// The key by which the entries of both are told apart.
    private static func identity(_ old: [Node], _ new: [Node]) -> String? {
        guard let key = MergePatch.identity(of: old), key != MergePatch.identity(of: new) else {
            return MergePatch.identity(of: old)
        }
        return MergePatch.identity(of: old + new)
    }

    /// The longest subsequence whose old places rise; the new ones do already.
    private static func rising(_ pairs: [Pair]) -> [Pair] {
        /// For each length, the pair that ends such a subsequence at the least place.
        var ends: [Int] = []
        var before = [Int](repeating: -1, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[ends[middle]].old < pair.old { low = middle + 1 } else { high = middle }
            }
            if low > 0 { before[index] = ends[low - 1] }
            if low < ends.count { ends[low] = index } else { ends.append(index) }
        }
        var chosen: [Pair] = []
        var index = ends.last ?? -1
        while index >= 0 {
            chosen.append(pairs[index])
            index = before[index]
        }
        return chosen.reversed()
    }

    /// The longest common subsequence of two stretches.
    private static func common(_ old: [Node], _ new: [Node], _ first: Range<Int>, _ second: Range<Int>) -> [Pair] {
        let width = second.count + 1
        var lengths = [Int](repeating: 0, count: (first.count + 1) * width)
        for row in first.indices.reversed() {
            for column in second.indices.reversed() {
                let at = (row - first.lowerBound) * width + column - second.lowerBound
                let isSame = old[row].isSame(as: new[column])
                lengths[at] = isSame ? lengths[at + width + 1] + 1 : max(lengths[at + width], lengths[at + 1])
            }
        }
        var pairs: [Pair] = []
        var (row, column) = (first.lowerBound, second.lowerBound)
        while row < first.upperBound, column < second.upperBound {
            let at = (row - first.lowerBound) * width + column - second.lowerBound
            if old[row].isSame(as: new[column]) {
                pairs.append((row, column))
                (row, column) = (row + 1, column + 1)
            } else if lengths[at + width] >= lengths[at + 1] {
                row += 1
            } else {
                column += 1
            }
        }
        return pairs
    }
}
