/// Where a body says which model it wants. Offsets count from the body's first byte.
package enum ModelPlace: Sendable, Equatable {
    /// No `model` at the top. `insertAt` is the byte after the opening brace.
    case absent(insertAt: Int, isEmptyObject: Bool)
    /// `range` is the JSON string with its quotes; `value` is unescaped.
    case string(value: [UInt8], range: Range<Int>)
    /// Something that is no name of a model: null, a number, a string longer than a name may be.
    case other(range: Range<Int>, isNull: Bool)
}
