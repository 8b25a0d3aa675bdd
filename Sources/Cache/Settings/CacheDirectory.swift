internal import Settings

/// The check of a directory's path: absolute, or below the home of the user that runs the proxy.
enum CacheDirectory {
    static func check(_ path: String?) -> String? {
        guard let path else { return nil }
        if path.utf8.contains(0) { return "holds a zero byte, which no path can" }
        if path.hasPrefix("~/") || path.hasPrefix("/") && path != "/" { return nil }
        return "expected a directory such as /var/cache/clawproxy or ~/.openclaw/cache, found \(Quoted.quote(path))"
    }
}
