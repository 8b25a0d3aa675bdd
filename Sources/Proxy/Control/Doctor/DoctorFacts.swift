internal import Settings

/// What the configurator knows and the doctor looks at.
struct DoctorFacts: Sendable {
    /// What the check says of the files; its warnings are told.
    var problems: [Problem] = []
    var lastRefusal: ReloadFacts.Refusal?
    /// The files say something else than what runs, though nothing is wrong with them.
    var filesDiffer = false
    /// Keys that changed and apply at the next start.
    var restart: [String] = []
    /// A layer is in force that ends with this process.
    var isEphemeral = false
    /// Unix milliseconds by which the last change must be confirmed.
    var confirmBy: Int64?
    /// Where changes are written to; nil where there is no such file.
    var targetFile: String?
    /// Why it cannot be written, in the words of `ConfigFile.obstacle()`.
    var targetObstacle: String?
    var hasAdminToken = true
    /// Nil where nobody looks at the traffic: figures are then those since the start.
    var recent: RecentTraffic?

    init() {}
}
