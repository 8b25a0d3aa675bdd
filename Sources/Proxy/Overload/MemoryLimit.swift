internal import Glibc

/// How much memory the process may have where nobody says: what its control group allows, if anything.
enum MemoryLimit {
    /// Of the group's limit. What is left is for buffers of the kernel and what is mapped, which count there too.
    static let share = 0.9

    /// The least limit of the groups that the process is in, in bytes; nil: none has one.
    ///
    /// - Parameter read: the text of a file; nil where there is none.
    static func ofGroup(read: (String) -> String? = contents) -> Int? {
        var least: Int?
        for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            // `0::/path` of version 2, `9:memory:/path` of version 1
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            let isTwo = parts[0] == "0" && controllers.isEmpty
            guard isTwo || controllers.contains("memory") else { continue }
            let root = isTwo ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let file = isTwo ? "memory.max" : "memory.limit_in_bytes"
            for folder in folders(parts[2]) {
                guard let limit = read("\(root)\(folder)/\(file)").flatMap(bytes) else { continue }
                least = min(least ?? limit, limit)
            }
        }
        return least
    }

    /// `/a/b`, `/a` and the root: within a container the group's path may be that of the host, and not be there.
    private static func folders(_ path: Substring) -> [String] {
        var folders = [""]
        for name in path.split(separator: "/").prefix(64) where name != ".." {
            folders.append("\(folders.last ?? "")/\(name)")
        }
        return folders.reversed()
    }

    /// `max`, and the huge numbers of version 1, are no limit.
    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0, number < 1 << 60 else { return nil }
        return number
    }

    /// The beginning of a small file of the kernel.
    static func contents(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
