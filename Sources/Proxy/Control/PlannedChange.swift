internal import Settings

/// A change, worked out and checked, that nothing has been done about yet.
struct PlannedChange: Sendable {
    var request: ChangeRequest
    /// The target file as it was read; nil where there is none.
    var before: [UInt8]?
    /// The same after the change.
    var after: LoadedFile
    /// The same with its places, where the change was made at those.
    var text: DocumentText?
    /// The document before and after, sharing what is the same; nil where it was replaced as a whole.
    var documents: (before: Node, after: Node)?
    /// The ephemeral layer after the change.
    var ephemeral: Node?
    /// Everything with the change in it.
    var configuration: Configuration<GatewaySettings>
    /// What was wrong with the patch itself.
    var problems: [Problem] = []
    /// What becomes different in force.
    var changes: [SettingChange] = []
    /// Keys that were given and that a higher layer overrides, with that layer and its place.
    var masked: [(path: String, layer: String, position: Position)] = []
    /// Keys of later versions: written, without effect.
    var later: [String] = []
    var isNoop = false

    var beforeHash: String? { before.map(ConfigFile.hash) }
    var afterHash: String { after.bytes.map(ConfigFile.hash) ?? "" }

    /// Every path that the change is about, none twice.
    var changedPaths: [String] {
        var seen: Set<String> = []
        return (changes.map(\.pathText) + masked.map(\.path) + later).filter { seen.insert($0).inserted }
    }
}

extension ChangeRequest {
    /// Whether the file's present content does not matter.
    var replacesFile: Bool {
        switch kind {
        case .apply, .rollback, .restore: true
        case .patch, .set, .unset: false
        }
    }
}
