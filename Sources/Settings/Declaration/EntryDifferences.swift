/// The comparison of lists and maps of sections. What is equal at both ends of a list is left alone with one `==`
/// each, so that one changed entry of ten thousand costs no more than finding it.
extension Differences {
    mutating func lists<T: Section>(_ old: [T], _ new: [T], identity: String?) {
        let (start, end) = sameEnds(old, new)
        let (before, after) = (old[start..<old.count - end], new[start..<new.count - end])
        if before.isEmpty && after.isEmpty { return }
        if let identity, let roll = Roll(before, identity), let other = Roll(after, identity) {
            align(roll, other)
            let stayed = roll.names.compactMap { other.places[$0] }
            if zip(stayed, stayed.dropFirst()).contains(where: { $0 > $1 }) {
                tell(before: names(old, identity), after: names(new, identity), T.applies)
            }
        } else {
            byIndex(before, after)
        }
    }

    mutating func maps<T: Section>(_ old: [String: T], _ new: [String: T]) {
        let names = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
        for name in names.sorted() { under(name) { $0.entry(old[name], new[name], T.applies) } }
    }

    /// A section that may be absent on either side.
    mutating func entry<T: Section>(_ old: T?, _ new: T?, _ applies: @autoclosure () -> KeyInfo.Applies) {
        if old == new { return }
        if let old, let new {
            T.collect(old, new, &self)
        } else {
            tell(before: old?.json, after: new?.json, applies())
        }
    }

    /// Entries go by their identity: changed and gone ones in the old order, then those that are new.
    private mutating func align<T: Section>(_ old: Roll<T>, _ new: Roll<T>) {
        let applies = T.applies
        let (start, other) = (old.entries.startIndex, new.entries.startIndex)
        for (index, name) in old.names.enumerated() {
            let place = new.places[name]
            if let place, old.entries[start + index] == new.entries[other + place] { continue }
            under(name) { $0.entry(old.entries[start + index], place.map { new.entries[other + $0] }, applies) }
        }
        for (index, name) in new.names.enumerated() where old.places[name] == nil {
            under(name) { $0.entry(nil, new.entries[other + index], applies) }
        }
    }

    private mutating func byIndex<T: Section>(_ old: ArraySlice<T>, _ new: ArraySlice<T>) {
        let applies = T.applies
        let start = old.startIndex
        for index in start..<start + max(old.count, new.count) {
            let before = index < old.endIndex ? old[index] : nil
            let after = index < new.endIndex ? new[index] : nil
            under("[\(index)]") { $0.entry(before, after, applies) }
        }
    }

    /// How many entries are equal at the beginning and at the end of both. Entries are large, so none is copied for it.
    private func sameEnds<T: Section>(_ old: [T], _ new: [T]) -> (start: Int, end: Int) {
        old.withUnsafeBufferPointer { old in
            new.withUnsafeBufferPointer { new in
                let most = min(old.count, new.count)
                if old.count == new.count, old.baseAddress == new.baseAddress { return (most, 0) }
                var (start, end) = (0, 0)
                while start < most, old[start] == new[start] { start += 1 }
                while end < most - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
                return (start, end)
            }
        }
    }

    /// The order of a list, as JSON.
    private func names<T: Section>(_ entries: [T], _ identity: String) -> String? {
        guard let key = T.keys.first(where: { $0.name == identity }) else { return nil }
        return Node(.array(entries.compactMap(key.node))).json
    }
}

/// Entries of a list by their identity.
private struct Roll<T: Section> {
    let entries: ArraySlice<T>
    let names: [String]
    /// Of each name, the place in `names`.
    let places: [String: Int]

    /// Nil where an entry has no name of its own, or two have the same: then only their place tells them apart.
    init?(_ entries: ArraySlice<T>, _ identity: String) {
        guard let key = T.keys.first(where: { $0.name == identity }) else { return nil }
        var names: [String] = []
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard let name = key.node(entry)?.string, !name.isEmpty, places.updateValue(index, forKey: name) == nil
            else { return nil }
            names.append(name)
        }
        self.entries = entries
        self.names = names
        self.places = places
    }
}
