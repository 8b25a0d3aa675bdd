/// The check of a value, for a key that may be left out.
func ifGiven<V>(_ check: @escaping @Sendable (V) -> String?) -> @Sendable (V?) -> String? {
    { value in value.flatMap(check) }
}
