/// An agent of the simulation: so many slots, a queue, a speed that may change.
struct SimulatedAgent {
    let fullSpeed: Double
    var speed: Double
    var isGone = false
    var isPaused = false
    /// Of its requests, those that it answers at once with 503.
    var failing = 0.0
    /// Requests in slots.
    var working: [Int32] = []
    private var queue: [Int32] = []
    private var first = 0
    /// Slots x nanoseconds in use, up to `busySince`.
    private(set) var busy = 0.0
    private var busySince: Int64 = 0

    init(speed: Double) {
        fullSpeed = speed
        self.speed = speed
    }

    var currentSpeed: Double { isPaused ? 0 : speed }
    var waiting: Int { queue.count - first }

    mutating func wait(_ request: Int32) { queue.append(request) }

    mutating func nextWaiting() -> Int32? {
        guard first < queue.count else { return nil }
        let request = queue[first]
        first += 1
        if first == queue.count {
            queue.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 4096, first * 2 > queue.count {
            queue.removeFirst(first)
            first = 0
        }
        return request
    }

    /// Call before `working` changes.
    mutating func count(_ now: Int64) {
        busy += Double(working.count) * Double(now - busySince)
        busySince = now
    }
}
