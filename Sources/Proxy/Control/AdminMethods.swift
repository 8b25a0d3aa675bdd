package import Settings

/// The methods of `POST /rpc`, and who may call them.
package enum AdminMethods {
    /// Those that need the token: changes, and what tells of entries of the cache.
    private static let writes = Set([
        "config.patch", "config.apply", "config.set", "config.unset", "config.rollback", "config.confirm",
        "config.reload",
    ]).union(AgentMethods.names).union(CacheMethods.guarded).union(ReplicaMethods.names)

    static let all =
        [
            "config.get", "config.schema", "config.explain", "config.validate", "config.diff", "config.history",
            "explain.request", "status", "doctor", "agents", "cache.stats", "limits.status",
        ] + writes.sorted()

    /// Changes need the token, and so does a document of the asker's own: variables are filled into it, of which some
    /// are secrets.
    package static func needToken(_ method: String, _ params: Node) -> Bool {
        writes.contains(method) || params.member("raw") != nil
    }
}
