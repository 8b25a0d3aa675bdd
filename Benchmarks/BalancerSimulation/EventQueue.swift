/// What is to happen, soonest first: a heap with four children a node. Of events at the same moment, the first put in.
struct EventQueue {
    struct Event {
        var at: Int64
        var order: Int64
        var kind: Kind
    }

    enum Kind {
        case arrival
        /// The next of the scenario's changes.
        case change(Int)
        /// A pause of an agent begins or ends.
        case pause(Int32)
        /// Agents tell how busy they are, and proxies read it.
        case reports
        /// A request's work is done, unless it was put off: `turn` says which plan of it this is.
        case done(Int32, turn: Int32)
    }

    private var heap: [Event] = []
    private var count: Int64 = 0

    mutating func add(_ kind: Kind, at: Int64) {
        count += 1
        let event = Event(at: at, order: count, kind: kind)
        heap.append(event)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) >> 2
            guard isSooner(event, heap[parent]) else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = event
    }

    mutating func next() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        var place = 0
        while true {
            let from = 4 * place + 1
            guard from < heap.count else { break }
            var soonest = from
            for child in from..<min(from + 4, heap.count) where isSooner(heap[child], heap[soonest]) { soonest = child }
            guard isSooner(heap[soonest], last) else { break }
            heap[place] = heap[soonest]
            place = soonest
        }
        heap[place] = last
        return first
    }

    @inline(__always)
    private func isSooner(_ one: Event, _ two: Event) -> Bool {
        one.at < two.at || one.at == two.at && one.order < two.order
    }
}
