internal import Glibc

extension ConfigFile {
    /// Where a path leads from here, links followed as far as there are files: by it two programs tell whether they mean
    /// the same file.
    package static func absolute(_ path: String) -> String {
        if let whole = real(path) { return whole }
        let (folder, name) = FilePlace.split(path)
        return real(folder).map { FilePlace.joined($0, name) } ?? path
    }

    private static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }
}
