internal import Glibc

/// What one agent would cost at each load, in seconds of expected time to first byte, from its figures at a moment.
struct AdaptiveCost {
    /// For each doubling of what is in flight for its effective weight an agent costs so much more: enough to share out
    /// among equals, to give agents their weights, and to leave some room before a queue begins.
    static let spread: Float = 0.12
    /// How much of what a request would need with nothing else to do is left out of its cost. What it waits in a queue, those
    /// after it wait too; the time in a slot that would stand empty is its own. So an agent that is slow and free is worth more
    /// than its time says, and the more so the fuller the others are.
    static let ownPart: Float = 0.4
    /// Errors make an agent dearer by this much, times their share of its answers.
    static let errorCost: Float = 10
    /// So many requests that wait longer than expected are needed to believe half of what their age says.
    static let doubt: Float = 8

    private let figures: UnsafeMutablePointer<AgentFigures>
    /// Whether anything is known of its times; else the load alone decides.
    private let isLearnt: Bool
    /// What it is taken to need with nothing to do, where nothing is known of it, or what was known is forgotten.
    private let usual: Float
    /// How much of what is known still counts, 0...1.
    private let memory: Float
    /// For weight: what `spread` begins with.
    private let start: Float
    /// For errors.
    let errors: Float
    /// For what waits there longer than expected.
    let delay: Float
    /// The highest load at which it was seen, and how times grow above that elsewhere.
    private let seen: Int
    private let growth: InlineArray<12, Float>
    /// What is left out, in seconds.
    private let own: Float

    /// - Parameters:
    ///   - weight: the effective one, to the mean of the pool.
    ///   - part: a tenth of the breaker's window, in nanoseconds.
    init(
        _ figures: UnsafeMutablePointer<AgentFigures>, weight: Double, _ means: AdaptiveMeans,
        _ weighing: borrowing AdaptiveWeighing, part: Int64, _ now: Int64
    ) {
        self.figures = figures
        isLearnt = weighing.usesLatency && !figures.pointee.curve.isEmpty
        let silence = now &- figures.pointee.lastAnswer
        memory = silence < 100_000_000 ? 1 : Float(exp(-Double(silence) / Double(weighing.fade)))
        seen = figures.pointee.curve.seen
        growth = means.growth
        errors = Self.errors(figures, memory, part, now)
        delay = isLearnt ? Self.delay(figures, now) : 1
        let weight = Float(max(weight, 1e-6))
        start = 1 - Self.spread * log2(weight)
        let mean = weighing.usesLatency && means.time > 0 ? means.time : 1
        usual = isLearnt ? means.least : mean / weight
        own = Self.ownPart * (isLearnt ? Self.faded(figures.pointee.curve.point(0), to: usual, memory) : usual)
    }

    /// That an agent is slow is forgotten while it gets nothing: once the others have so much to do that the best of what
    /// it could be would be better, it is tried again.
    @inline(__always)
    private static func faded(_ time: Float, to usual: Float, _ memory: Float) -> Float {
        memory < 1 && time > usual ? usual + (time - usual) * memory : time
    }

    /// With 2^`point` requests in flight, the new one included.
    @inline(__always)
    func at(_ point: Int) -> Float {
        let usual = usual * Float(1 << point)
        guard isLearnt else { return (usual - own) * errors }
        var time = figures.pointee.curve.point(min(point, seen))
        if point > seen {
            for step in (seen + 1)...point { time *= growth[step] }
        }
        time = max(Self.faded(time, to: usual, memory) - own, 0)
        return time * max(start + Self.spread * Float(point), 0.1) * errors * delay
    }

    /// With so many in flight, the new one included.
    func at(inFlight: Int) -> Float {
        let place = LoadCurve.Place(inFlight)
        let low = at(place.index)
        return low + (at(place.index + 1) - low) * place.part
    }

    /// What waits there for its first byte is older than what is expected: the agent has become slow, and no answer has
    /// told of it yet.
    private static func delay(_ figures: UnsafeMutablePointer<AgentFigures>, _ now: Int64) -> Float {
        let waiting = figures.pointee.waitingRequests
        guard waiting > 0 else { return 1 }
        let count = Float(waiting)
        let expected = figures.pointee.curve.expected(figures.pointee.requests)
        let excess = Float(figures.pointee.waitingAge(now)) / expected - 1
        return excess > 0 ? 1 + excess * count / (count + Self.doubt) : 1
    }

    /// Errors of now count as they are; old ones fade.
    private static func errors(
        _ figures: UnsafeMutablePointer<AgentFigures>, _ memory: Float, _ part: Int64, _ now: Int64
    ) -> Float {
        let rate = Float(figures.pointee.errorRate)
        guard rate > 0 else { return 1 }
        let isRecent = figures.pointee.window.sum(now, part: part).errors > 0
        return 1 + Self.errorCost * rate * (isRecent ? 1 : memory)
    }
}

/// What is usual in a pool.
struct AdaptiveMeans {
    private var rates: Float = 0
    private var known: Float = 0
    private var weights = 0.0
    private var members = 0.0
    /// The least, in seconds; infinite where nothing is known.
    private(set) var least = Float.infinity
    /// By how much a time grows from one point to the next, as the mean of those that were seen there; 2 where none was.
    private(set) var growth = InlineArray<12, Float>(repeating: 2)
    private var growthSum = InlineArray<12, Float>(repeating: 0)
    private var growthCount = InlineArray<12, Float>(repeating: 0)

    /// Another agent's curve.
    mutating func add(_ curve: borrowing LoadCurve) {
        guard !curve.isEmpty, curve.seen > 0 else { return }
        var before = curve.point(0)
        for point in 1...curve.seen {
            let here = curve.point(point)
            growthSum[point] += here / before
            growthCount[point] += 1
            growth[point] = growthSum[point] / growthCount[point]
            before = here
        }
    }

    /// `time`: to the first byte with nothing else to do, in seconds; 0: not known.
    mutating func add(weight: Int, time: Float) {
        weights += Double(weight)
        members += 1
        guard time > 0 else { return }
        least = min(least, time)
        rates += 1 / time
        known += 1
    }

    /// Harmonic, so that one that hangs does not count; 0: nothing is known of anybody.
    var time: Float { known > 0 ? known / rates : 0 }
    var weight: Double { weights > 0 ? weights / members : 1 }
}
