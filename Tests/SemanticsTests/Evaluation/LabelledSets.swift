import Foundation

/// Where the labelled texts lie that accuracy is measured on.
enum LabelledSets {
    /// `semantic` beside the checkout, or in CLAWPROXY_SHARED.
    static let folder: URL? = {
        let shared = ProcessInfo.processInfo.environment["CLAWPROXY_SHARED"].map { URL(fileURLWithPath: $0) }
        let root = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let folder = (shared ?? root.deletingLastPathComponent().appendingPathComponent("shared"))
            .appendingPathComponent("semantic")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()
}
