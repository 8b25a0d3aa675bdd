/// Other ways to write a command, as people know them from OpenClaw's RPC: `config.get --key routing.rules`,
/// `gateway config.patch --raw '{...}'`. Brought to the plain one before the arguments are parsed.
enum Spellings {
    /// Commands that take their key by `--key` too.
    private static let keyed: Set<String> = ["get", "set", "unset", "schema"]

    static func plain(_ arguments: [String]) -> [String] {
        var words = arguments[...]
        if words.first == "gateway", let next = words.dropFirst().first, next == "config" || next.hasPrefix("config.") {
            words.removeFirst()
        }
        var command: [String] = []
        if let first = words.first, first.hasPrefix("config."), first != "config." {
            command = ["config", String(first.dropFirst("config.".count))]
            words.removeFirst()
        } else if words.first == "config", let second = words.dropFirst().first {
            command = ["config", second]
            words = words.dropFirst(2)
        }
        // `config.explain` is a method of RPC; its command stands for itself
        if command == ["config", "explain"] || (command.isEmpty && words.first == "explain") {
            if command.isEmpty { words.removeFirst() }
            return ["explain"] + keyFirst(words)
        }
        guard let name = command.last, keyed.contains(name) else { return command + words }
        return command + keyFirst(words)
    }

    /// `--key K` (and `--value V` behind it) as the first arguments; nothing is looked at from `--` on.
    private static func keyFirst(_ words: ArraySlice<String>) -> [String] {
        var (keys, values, rest): ([String], [String], [String]) = ([], [], [])
        var left = words
        while let word = left.popFirst() {
            if word == "--" {
                rest += [word] + left
                break
            } else if word == "--key", let next = left.popFirst() {
                keys.append(next)
            } else if word.hasPrefix("--key=") {
                keys.append(String(word.dropFirst("--key=".count)))
            } else if word == "--value", !keys.isEmpty, let next = left.popFirst() {
                values.append(next)
            } else {
                rest.append(word)
            }
        }
        return keys + values + rest
    }
}
