/// The items of one container in brackets, and how they are written.
struct FlowItems {
    let items: [Int]
    /// Between the brackets.
    let inside: Range<Int>
    let firstKept: Int
    /// -1 where none stays.
    let lastKept: Int
    let hasTrailingComma: Bool
    /// Between a comma and the next item on the same line.
    let space: String
    private let bytes: [UInt8]
    private let spans: Spans
    private let format: TextFormat

    init(_ change: TextChanges.ItemsChange, inside: Range<Int>, _ editor: TextEditor) {
        (items, self.inside) = (change.items, inside)
        (bytes, spans, format) = (editor.bytes, editor.spans, editor.format)
        firstKept = change.isKept.firstIndex(of: true) ?? items.count
        lastKept = change.isKept.lastIndex(of: true) ?? -1
        let isTight = items.count > 1 && Int(spans[items[0]].end) + 1 == spans[items[1]].head
        space = isTight && format == .json ? "" : " "
        let last = items.last.map { Int(editor.spans[$0].end) } ?? inside.upperBound
        let gap = FlowGap(editor.bytes, last..<inside.upperBound, editor.format, isFirst: false)
        hasTrailingComma = gap.comma != nil
    }

    func head(_ item: Int) -> Int { spans[items[item]].head }

    /// The gap in front of an item; that behind the last one has the number of items.
    func gap(_ index: Int) -> FlowGap {
        let start = index > 0 ? Int(spans[items[index - 1]].end) : inside.lowerBound
        let end = index < items.count ? spans[items[index]].head : inside.upperBound
        return FlowGap(bytes, start..<max(start, end), format, isFirst: index == 0)
    }

    /// Whether comments stand inside that belong to no item.
    var hasOtherComments: Bool {
        (0...items.count).contains { index in
            let gap = gap(index)
            let isBesideBracket = index == 0 && gap.tail > inside.lowerBound
            return gap.hasOthers || isBesideBracket || index == items.count && gap.hasOwn
        }
    }

    /// An item to be added, with its name and its colon as the first item has them.
    func text(
        _ addition: TextChanges.ItemsChange.Addition, _ indent: String, isInline: Bool, _ editor: TextEditor
    ) -> String {
        let value = editor.flowText(addition.node, indent, isInline: isInline)
        guard let name = addition.name else { return value }
        let model = items.first { spans[$0].form != .merge }.map { spans[$0] }
        let between = model.map { bytes[Int($0.nameEnd)..<max(Int($0.nameEnd), Int($0.start))] } ?? []
        let isTight = format == .json && between.elementsEqual([UInt8(ascii: ":")])
        return "\(editor.nameText(name, like: model.map { bytes[Int($0.nameStart)] }))\(isTight ? ":" : ": ")\(value)"
    }
}
