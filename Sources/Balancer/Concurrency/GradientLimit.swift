import Settings

/// How many requests an agent takes at once before they wait within it: found by what the time to first byte does.
///
/// Once a window: limit = limit x gradient + sqrt(limit), where gradient = base x tolerance / sample, within 0.5...1;
/// `sample` is the median time to first byte of the window, `base` what it is without load. So the limit grows by its
/// square root while answers come as fast as they do without load, and shrinks by at most half where they do not; the
/// root is what may wait, so that there is always a little to measure. The formula is that of Netflix's
/// concurrency-limits (`GradientLimit`, its clamp and headroom) and of Envoy's adaptive concurrency filter ("gradient
/// controller", whose windows that look for the time without load are `probing` here). Neither lets the limit fall to
/// its minimum for a look as Envoy does: with answers that take seconds that would starve the pool, and a third of the
/// limit, which settles at about twice the places that an agent has, lets nothing wait within it.
///
/// A pure machine: times are nanoseconds, of a monotonic clock where they are points. States and exits: *probing* ->
/// steady (enough answers, or too long); *steady* -> probing (after `probeInterval`, strayed by 15 %).
package struct GradientLimit: Sendable {
    private enum Phase { case probing(since: Int64), steady(until: Int64) }

    /// More samples of one window replace the oldest.
    private static let mostSamples = 255
    private static let jitter = 0.15
    /// What is left of the limit when the agent says that it has too much to do.
    private static let backOff = 0.9
    /// A probe that gets no answers ends after this many windows, or base times.
    private static let probePatience: Int64 = 4

    private var adopted: ConcurrencySettings?
    private var least: Double
    private var most: Double
    private var tolerance: Double
    private var window: Int64
    private var windowRequests: Int
    private var probeInterval: Int64
    private var probeRequests: Int

    private var phase: Phase
    private var estimate: Double
    /// Median time to first byte without load; nil while nothing is known.
    package private(set) var base: Int64?
    private var samples: [Int64] = []
    private var taken = 0
    private var windowStart: Int64
    /// When the first of a probe's requests began.
    private var earliest: Int64 = 0
    /// Most requests that were in flight at the start of one that the window saw.
    private var mostInFlight = 0
    private var hasBackedOff = false
    private var random: SplitMix64

    package init(_ settings: ConcurrencySettings, now: Int64, seed: UInt64) {
        least = 1
        most = 1
        tolerance = 1
        window = 1
        windowRequests = 1
        probeInterval = 1
        probeRequests = 1
        estimate = Double(settings.initial)
        phase = .probing(since: now)
        windowStart = now
        random = SplitMix64(seed: seed)
        adopt(settings)
    }

    /// Goes by other settings from now on; what was learnt stays, within the bounds.
    package mutating func adopt(_ settings: ConcurrencySettings) {
        guard settings != adopted else { return }
        adopted = settings
        least = Double(max(settings.min, 1))
        most = Double(max(settings.max, settings.min, 1))
        tolerance = max(settings.tolerance, 1)
        window = settings.window.nanoseconds
        windowRequests = max(settings.windowRequests, 1)
        probeInterval = settings.probeInterval.nanoseconds
        probeRequests = max(settings.probeRequests, 1)
        estimate = min(max(estimate, least), most)
    }

    /// Requests that the agent is to have at once, at most.
    package var limit: Int {
        switch phase {
        case .probing: Int(max(least, (estimate / 3).rounded(.down)))
        case .steady: Int(estimate.rounded(.down))
        }
    }

    package var isProbing: Bool {
        if case .probing = phase { true } else { false }
    }

    /// The first byte of an answer has come.
    ///
    /// - Parameters:
    ///   - inFlight: requests that were with the agent when this one began, it included.
    package mutating func answered(started: Int64, inFlight: Int, now: Int64) {
        let firstByte = max(now - started, 1)
        switch phase {
        case .probing(let since):
            // What began before it saw the full load. Those that end first are the short ones, hence the threefold time.
            if started >= since {
                earliest = taken == 0 ? started : min(earliest, started)
                add(firstByte, inFlight)
            }
            let patience = max(window, base ?? window).multipliedReportingOverflow(by: Self.probePatience)
            let isLate = now - since >= (patience.overflow ? .max : patience.partialValue)
            if isLate || (taken >= probeRequests && now - earliest >= 3 * median) { endProbe(now) }
        case .steady(let until):
            add(firstByte, inFlight)
            if now - windowStart >= window, taken >= windowRequests { endWindow(now) }
            if now >= until {
                phase = .probing(since: now)
                clear(now)
            }
        }
    }

    /// The agent said that it has too much to do (429, 529): less, once a window.
    package mutating func refused(now: Int64) {
        guard !hasBackedOff || now - windowStart >= window else { return }
        hasBackedOff = true
        estimate = max(least, estimate * Self.backOff)
    }

    private mutating func endProbe(_ now: Int64) {
        if taken >= min(probeRequests, windowRequests) { base = median }
        let unit = Double(random.next() >> 11) * 0x1p-53
        let wait = min(Double(probeInterval) * (1 + Self.jitter * (2 * unit - 1)), 0x1p61)
        // without any answer nothing is known, and the next window looks again
        phase = base == nil ? .probing(since: now) : .steady(until: now &+ Int64(wait))
        clear(now)
    }

    private mutating func endWindow(_ now: Int64) {
        let sample = median
        var base = self.base ?? sample
        // little by little: the least of many medians is chance
        if sample < base { base -= (base - sample) / 10 }
        self.base = base
        let gradient = min(max(Double(base) * tolerance / Double(sample), 0.5), 1)
        var fresh = estimate * gradient + estimate.squareRoot()
        // who does not use what it has, has not shown that it could use more
        if Double(mostInFlight) * 2 < estimate { fresh = min(fresh, estimate) }
        estimate = min(max(fresh, least), most)
        clear(now)
    }

    private mutating func add(_ firstByte: Int64, _ inFlight: Int) {
        if samples.count < Self.mostSamples {
            samples.append(firstByte)
        } else {
            samples[taken % Self.mostSamples] = firstByte
        }
        taken += 1
        mostInFlight = max(mostInFlight, inFlight)
    }

    private mutating func clear(_ now: Int64) {
        samples.removeAll(keepingCapacity: true)
        taken = 0
        mostInFlight = 0
        hasBackedOff = false
        windowStart = now
    }

    /// Of the samples, of which there is one at least.
    private var median: Int64 { samples.sorted()[samples.count / 2] }
}
