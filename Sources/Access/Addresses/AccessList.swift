package import Settings

/// Which addresses may pass: none that is denied, and where some are allowed no others.
package struct AccessList: Sendable, Equatable {
    private let allow: AddressSet
    private let deny: AddressSet

    /// Nil where the settings name nobody.
    package init?(_ settings: AddressListSettings) {
        guard settings.isGiven else { return nil }
        allow = AddressSet(settings.allow)
        deny = AddressSet(settings.deny)
    }

    /// Nil, or why the address may not pass.
    package func refusal(_ address: ClientAddress) -> AccessRefusal? {
        if deny.contains(address) { return .denied }
        return allow.isEmpty || allow.contains(address) ? nil : .notAllowed
    }
}

package enum AccessRefusal: Sendable, Equatable { case denied, notAllowed }
