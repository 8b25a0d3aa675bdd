/// Which client addresses may pass: the key `access` of `http` and of a rule.
package struct AddressListSettings: Section {
    package var allow: [CIDR] = []
    package var deny: [CIDR] = []

    package init() {}

    package static let keys: [Key<AddressListSettings>] = [
        .value("allow", \.allow, "networks that may ask; empty: all that are not denied, else all others get 403"),
        .value("deny", \.deny, "networks that get 403, though they are allowed too"),
    ]

    package var isGiven: Bool { !allow.isEmpty || !deny.isEmpty }
}
