/// How names of categories are compared: `data-analysis`, `Data Analysis`, `data_analysis` and `dataAnalysis` are one.
enum CategoryName {
    static func folded(_ name: String) -> String {
        String(name.lowercased().unicodeScalars.filter { !separators.contains($0) })
    }

    private static let separators: Set<Unicode.Scalar> = ["-", "_", " ", "\t", "\u{3000}"]
}
