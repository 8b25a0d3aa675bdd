internal import Balancer
internal import Settings

/// The text of a file that lists agents.
enum AgentFile {
    struct Wrong: Error {
        /// Where, and what; the first of several, and how many more.
        var message: String
    }

    static func read(_ bytes: [UInt8], path: String) throws(Wrong) -> [FoundAgent] {
        let document: Node
        do throws(SyntaxError) {
            document =
                isYAML(path)
                ? try YAMLReader.read(bytes, source: path)
                : try JSONReader.read(bytes, source: path, dialect: .json5)
        } catch {
            throw Wrong(message: "\(error.position.text): \(error.message)")
        }
        var reading = Reading()
        let agents = AgentList.read(document, &reading)
        let wrong = reading.problems.filter { $0.severity != .warning }
        if let first = wrong.first {
            throw Wrong(message: first.description + (wrong.count > 1 ? "; and \(wrong.count - 1) more" : ""))
        }
        return agents.map { .written($0) }
    }

    private static func isYAML(_ path: String) -> Bool {
        let ending = path.lowercased()
        return ending.hasSuffix(".yaml") || ending.hasSuffix(".yml")
    }
}
