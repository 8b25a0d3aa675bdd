internal import ArgumentParser
internal import Foundation
internal import Proxy
internal import Settings

/// `clawproxy docs`: writes what is generated from the declarations of the configuration.
struct Docs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write docs/configuration.md, config/clawproxy.schema.json and config/gateway.json.")

    @Option(help: "The folder that holds docs/ and config/.") var root = "."
    @Flag(help: "Write nothing; exit 1 when a file is stale.") var check = false

    func run() throws {
        var stale: [String] = []
        for (path, text) in GeneratedFiles.all {
            let file = root + "/" + path
            if (try? String(contentsOfFile: file, encoding: .utf8)) == text { continue }
            if check {
                stale.append(path)
            } else {
                try FileManager.default.createDirectory(
                    atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try text.write(toFile: file, atomically: true, encoding: .utf8)
                print("wrote \(path)")
            }
        }
        if !stale.isEmpty {
            complain("stale: \(stale.joined(separator: ", ")); run `clawproxy docs`")
            throw ExitCode(1)
        }
    }
}
