package import Settings

/// Whom a request is from.
package struct Credential: Sendable, Equatable {
    package let name: String
    /// What caches and limits separate by.
    package let tenant: String
    /// How that is known: one kind.
    package let kind: AuthKinds
    /// The place in `auth.tokens`, or in `auth.apiKeys`; 0 for other kinds.
    package let index: Int
    /// Field lines, each with its CR LF, by which the agent is told.
    package let lines: [UInt8]
    /// What limits for each bearer tell them apart by: two kinds, or tenants, may know one name.
    package let bearer: String

    package init(name: String, tenant: String, kind: AuthKinds, index: Int = 0, lines: [UInt8] = []) {
        self.name = name
        self.tenant = tenant
        self.kind = kind
        self.index = index
        self.lines = lines
        bearer = "\(kind.rawValue) \(tenant.utf8.count) \(tenant)\(name)"
    }
}
