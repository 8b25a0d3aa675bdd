/// The key `sentinel` of a Redis: sentinels have users and passwords of their own.
package struct RedisSentinelSettings: Section, Hashable {
    package var username: String?
    package var password: Secret?

    package init() {}

    package static let keys: [Key<RedisSentinelSettings>] = [
        .value("username", \.username, "whom to log in as there; absent: the default user"),
        .value("password", \.password, "what to log in with there; absent: no login", secret: true),
    ]
}
