/// A binary heap that knows where each of its elements stands, so that any of them can be moved or taken out in
/// O(log n). The least key comes first; keys that compare equal come in no particular order.
struct IndexedHeap<Key: Comparable & Sendable, Name: Hashable & Sendable>: Sendable {
    private var entries: [(key: Key, name: Name)] = []
    private var places: [Name: Int] = [:]

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    var first: (key: Key, name: Name)? { entries.first }

    func key(of name: Name) -> Key? { places[name].map { entries[$0].key } }

    /// Puts an element in, or gives it another key.
    mutating func put(_ name: Name, _ key: Key) {
        if let place = places[name] {
            let before = entries[place].key
            entries[place].key = key
            if key < before { rise(place) } else { sink(place) }
            return
        }
        entries.append((key, name))
        places[name] = entries.count - 1
        rise(entries.count - 1)
    }

    /// Takes an element out; false where it was not in.
    @discardableResult
    mutating func remove(_ name: Name) -> Bool {
        guard let place = places.removeValue(forKey: name) else { return false }
        let last = entries.removeLast()
        guard place < entries.count else { return true }
        let before = entries[place].key
        entries[place] = last
        places[last.name] = place
        if last.key < before { rise(place) } else { sink(place) }
        return true
    }

    private mutating func rise(_ start: Int) {
        var place = start
        let entry = entries[start]
        while place > 0 {
            let parent = (place - 1) / 2
            guard entry.key < entries[parent].key else { break }
            entries[place] = entries[parent]
            places[entries[place].name] = place
            place = parent
        }
        guard place != start else { return }
        entries[place] = entry
        places[entry.name] = place
    }

    private mutating func sink(_ start: Int) {
        var place = start
        let entry = entries[start]
        while true {
            var child = 2 * place + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].key < entries[child].key { child += 1 }
            guard entries[child].key < entry.key else { break }
            entries[place] = entries[child]
            places[entries[place].name] = place
            place = child
        }
        guard place != start else { return }
        entries[place] = entry
        places[entry.name] = place
    }
}
