/// Names of variables that set keys: `OPENCLAW_GATEWAY_HTTP_LISTEN` for `gateway.http.listen`.
package enum EnvironmentName {
    /// What every variable of OpenClaw begins with, ours and its own.
    static let owned = "OPENCLAW_"
    static let ours = "OPENCLAW_GATEWAY_"

    /// OpenClaw's own names in our space: never taken for a key, never warned about.
    package static let foreign: Set<String> = [
        "OPENCLAW_GATEWAY_PORT", "OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD", "OPENCLAW_GATEWAY_URL",
        "OPENCLAW_GATEWAY_BIND", "OPENCLAW_GATEWAY_HOST", "OPENCLAW_GATEWAY_MODE", "OPENCLAW_GATEWAY_AUTH",
        "OPENCLAW_GATEWAY_AUTH_MODE",
    ]

    /// The name for a path that begins with `gateway`.
    package static func name(_ path: [String]) -> String {
        let words = path.map { String(decoding: Spelling.snake($0).utf8.map(upper), as: UTF8.self) }
        return owned + words.joined(separator: "_")
    }

    /// The name that sets a key; nil where its value is an object, or the name is OpenClaw's.
    static func of(_ path: [String], _ nature: KeyInfo.Nature, _ shape: Shape) -> String? {
        guard nature == .value, !shape.kinds.intersection([.boolean, .number, .string, .array]).isEmpty else {
            return nil
        }
        if let element = shape.element, element.kinds.isSubset(of: [.array, .object]) { return nil }
        let name = name(path)
        return foreign.contains(name) ? nil : name
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
    }
}
