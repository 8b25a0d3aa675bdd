/// Who is asked for hosts on this machine: the line `hosts:` of `/etc/nsswitch.conf` (nsswitch.conf(5)).
package struct NameServices: Sendable, Equatable {
    package var usesDNS = true
    /// Others than the hosts file and DNS know names: then the system is asked for what DNS does not know.
    package var hasOthers = false

    package init() {}

    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            // the colon may stand apart, or the first service right behind it
            let joined = words.joined(separator: " ")
            guard joined.hasPrefix("hosts"), let colon = joined.firstIndex(of: ":"),
                joined[..<colon] == "hosts" || joined[..<colon] == "hosts "
            else { continue }
            let services = Self.services(joined[joined.index(after: colon)...])
            usesDNS = services.contains("dns")
            hasOthers = services.contains { $0 != "dns" && $0 != "files" }
            return
        }
    }

    /// Without the actions, which stand in brackets.
    private static func services(_ text: Substring) -> [Substring] {
        var isAction = false
        return text.split(separator: " ").filter { word in
            let wasAction = isAction || word.hasPrefix("[")
            isAction = wasAction && !word.hasSuffix("]")
            return !wasAction
        }
    }
}
