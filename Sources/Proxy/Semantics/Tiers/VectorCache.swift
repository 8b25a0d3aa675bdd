internal import Synchronization

/// Vectors of texts that were asked about lately; the least lately used one leaves. Shared by all loops: the lock is
/// held for a look into a table, the text is hashed before.
final class VectorCache: Sendable {
    /// A text whose hash is known.
    struct Key: Hashable, Sendable {
        let text: String
        private let hash: Int

        init(_ text: String) {
            self.text = text
            hash = text.hashValue
        }

        static func == (one: Key, two: Key) -> Bool { one.hash == two.hash && one.text == two.text }

        func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    }

    /// Entries in one list by age, linked by their places.
    private struct Entries {
        struct Entry {
            var key: Key
            var vector: [Float]
            var newer = -1
            var older = -1
        }

        var places: [Key: Int] = [:]
        var entries: [Entry] = []
        var newest = -1
        var oldest = -1

        mutating func take(out place: Int) {
            let (newer, older) = (entries[place].newer, entries[place].older)
            if newer >= 0 { entries[newer].older = older } else { newest = older }
            if older >= 0 { entries[older].newer = newer } else { oldest = newer }
        }

        mutating func put(inFront place: Int) {
            entries[place].newer = -1
            entries[place].older = newest
            if newest >= 0 { entries[newest].newer = place } else { oldest = place }
            newest = place
        }
    }

    private let capacity: Int
    private let all = Mutex(Entries())

    init(_ capacity: Int) { self.capacity = capacity }

    var count: Int { all.withLock { $0.entries.count } }

    func vector(of key: Key) -> [Float]? {
        guard capacity > 0 else { return nil }
        return all.withLock { all in
            guard let place = all.places[key] else { return nil }
            all.take(out: place)
            all.put(inFront: place)
            return all.entries[place].vector
        }
    }

    func keep(_ vector: [Float], of key: Key) {
        guard capacity > 0 else { return }
        all.withLock { all in
            if let place = all.places[key] {
                all.entries[place].vector = vector
                return
            }
            let place: Int
            if all.entries.count < capacity {
                place = all.entries.count
                all.entries.append(Entries.Entry(key: key, vector: vector))
            } else {
                place = all.oldest
                all.take(out: place)
                all.places[all.entries[place].key] = nil
                all.entries[place] = Entries.Entry(key: key, vector: vector)
            }
            all.places[key] = place
            all.put(inFront: place)
        }
    }

    func clear() { all.withLock { $0 = Entries() } }
}
