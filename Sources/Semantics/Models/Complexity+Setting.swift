internal import Settings

extension Complexity: Variant {
    package static var noun: String { "complexity" }
}
