internal import Glibc
internal import Settings

/// Whether something is mounted at a path. A file that is cannot be replaced by rename, only changed where it comes
/// from.
package enum MountTable {
    /// Nil where this system does not say.
    static func hasMount(at path: String) -> Bool? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        guard case .bytes(let table) = FileReading.read("/proc/self/mountinfo") else { return nil }
        return hasMount(at: String(cString: resolved), in: String(decoding: table, as: UTF8.self))
    }

    /// `table` is as proc_pid_mountinfo(5) has it: the fifth word of each line is where something is mounted.
    package static func hasMount(at path: String, in table: String) -> Bool {
        table.split(separator: "\n").contains { line in
            let words = line.split(separator: " ", maxSplits: 5)
            return words.count > 4 && unescaped(words[4]) == path
        }
    }

    /// Blanks, tabs, line ends and backslashes are written as three octal digits: `\040`.
    private static func unescaped(_ word: Substring) -> String {
        guard word.contains("\\") else { return String(word) }
        let bytes = Array(word.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                let code = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                plain.append(code)
                index += 4
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
