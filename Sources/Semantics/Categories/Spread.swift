/// A part of a list, taken at even distances: the same on every machine, and from all over the list.
enum Spread {
    static func choose<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        guard count > 0 else { return [] }
        guard count < elements.count else { return elements }
        return (0..<count).map { elements[$0 * elements.count / count] }
    }
}
