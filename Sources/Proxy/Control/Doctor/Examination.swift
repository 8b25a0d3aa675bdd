internal import Balancer
internal import Glibc
internal import Routing
internal import Settings
internal import Telemetry

/// What one look at the running proxy saw. The checks read this and nothing else.
struct Examination: Sendable {
    var facts: DoctorFacts
    var generation: Generation
    /// Monotonic nanoseconds, unix milliseconds, seconds since the start.
    var now: Int64 = 0
    var wallMs: Int64 = 0
    var uptime = 0
    var loops = 1
    var connections = 0
    var exchanges = 0
    var isDraining = false
    var droppedLines = 0
    /// Of the last minute, or of `seconds` where that is less.
    var traffic = TrafficFigures()
    var seconds = 0
    var descriptors = Descriptors(open: 0, limit: 0)
    /// Nil where nobody looks.
    var overload: Overload.Facts?
    /// How the sources of agents do.
    var discovery: [SourceFacts] = []
    /// Why the Redis of shared sessions does not serve; nil where it does, or there is none.
    var redisTrouble: String?
    /// The layers of the cache, first asked first.
    var cacheLayers: [CacheLayerFacts] = []
    /// Those that are shown to clients, and why files that have changed are not in use.
    var certificates: [CertificateGauge] = []
    var tlsTrouble: TLSFailure?

    init(_ generation: Generation, facts: DoctorFacts) {
        self.generation = generation
        self.facts = facts
    }

    init(_ process: ProcessState, _ facts: DoctorFacts) async {
        self.init(process.generation, facts: facts)
        let figures = await process.figures()
        now = Loop.monotonic()
        wallMs = Configurator.now()
        redisTrouble = process.redisTrouble
        certificates = process.edge.certificates
        tlsTrouble = process.edge.trouble
        cacheLayers = process.cacheOperations?.layers ?? []
        uptime = max(0, Int(wallMs / 1000) - Int(process.startTime))
        loops = max(1, process.loopCount)
        connections = process.openConnections
        exchanges = process.openExchanges
        isDraining = process.isDraining
        droppedLines = process.sink.droppedLines
        discovery = process.discovery.facts
        (traffic, seconds) = facts.recent?.minute(until: figures, at: now) ?? (figures, uptime)
        descriptors = Descriptors.ofThisProcess()
        overload = process.overload.facts
    }

    var settings: GatewaySettings { generation.settings }

    /// The time that `traffic` is of, in words.
    var period: String { "in the last \(Duration.seconds(max(seconds, 1)).spelling)" }

    /// How long ago a moment of the wall clock was, in words.
    func ago(_ ms: Int64) -> String { "\(Duration.seconds(max(0, wallMs - ms) / 1000).spelling) ago" }

    /// `17 of 340 (5 %)`.
    static func share(_ part: Int, _ whole: Int) -> String {
        "\(part) of \(whole) (\(whole > 0 ? part * 100 / whole : 0) %)"
    }

    /// The first few of many names, and how many more.
    static func list(_ names: [String], _ most: Int = 5) -> String {
        let shown = names.prefix(most).joined(separator: ", ")
        return names.count > most ? "\(shown) and \(names.count - most) more" : shown
    }
}

/// Open files of this process, and how many it may have.
struct Descriptors: Sendable {
    var open: Int
    var limit: Int

    static func ofThisProcess() -> Descriptors {
        var bound = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound) == 0
        return Descriptors(open: count(), limit: isKnown ? Int(clamping: bound.rlim_cur) : 0)
    }

    /// The entries of `/proc/self/fd` without `.`, `..` and the one that the look itself needs.
    private static func count() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var entries = 0
        while readdir(folder) != nil { entries += 1 }
        return max(0, entries - 3)
    }
}
