package import Settings

/// The key `cache.purge`: the method PURGE. On the admin listener it wants the token, like every change.
package struct PurgeSettings: Section {
    package var allow: [CIDR] = []

    package init() {}

    package static let keys: [Key<PurgeSettings>] = [
        .value(
            "allow", \.allow,
            "networks that may send PURGE to the listeners of `http.listen` too, without a token. The address counts "
                + "that the connection comes from, whatever fields say")
    ]
}
