import Testing

/// What the numpy reference of the algorithm makes of a text.
struct FeatureGolden: Sendable, CustomTestStringConvertible {
    var text: String
    /// Ids of WordPieces; -1 for a Chinese word or an unknown ideograph.
    var tokens: [Int32]
    /// The vector's part of the features.
    var share: Double
    /// The first four numbers of the vector.
    var vector: [Double]
    /// How many buckets have a value, the sum of the values, and the sum of bucket times value.
    var sparse: (count: Int, sum: Double, moment: Double)

    var testDescription: String { text }

    static let rows: [FeatureGolden] = [
        FeatureGolden(
            text: "",
            tokens: [],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (1, -0.5, -4661.5)),
        FeatureGolden(
            text: "hello",
            tokens: [7592],
            share: 0.6, vector: [0.222557, 0.198023, -0.017524, 0.222557],
            sparse: (15, -0.2, 1795.2)),
        FeatureGolden(
            text: "Hello, World!",
            tokens: [7592, 1010, 2088, 999],
            share: 0.6, vector: [0.140644, 0.182766, -0.034123, 0.214339],
            sparse: (30, 2.7, 8095.1)),
        FeatureGolden(
            text: "what is the weather in San Francisco today?",
            tokens: [2054, 2003, 1996, 4633, 1999, 2624, 3799, 2651, 1029],
            share: 0.6, vector: [-0.09777, 0.134464, -0.058817, 0.074287],
            sparse: (121, -7.05147, -11392.31)),
        FeatureGolden(
            text: "\u{5E2E}\u{6211}\u{5199}\u{4EE3}\u{7801}",
            tokens: [-1, -1, -1, -1],
            share: 0.18, vector: [-0.114211, -0.186148, -0.266511, -0.056564],
            sparse: (12, -5.5, -46961.0)),
        FeatureGolden(
            text: "\u{4ECA}\u{5929}\u{5929}\u{6C14}\u{600E}\u{4E48}\u{6837}",
            tokens: [-1, -1, -1],
            share: 0.18, vector: [-0.114611, 0.144243, -0.118179, -0.078924],
            sparse: (17, 3.62132, 58041.39)),
        FeatureGolden(
            text: "\u{8ACB}\u{5E6B}\u{6211}\u{7FFB}\u{8B6F}\u{9019}\u{6BB5}\u{6587}\u{5B57}",
            tokens: [-1, -1, -1, -1, -1, -1, -1],
            share: 0.18, vector: [0.078836, -0.134449, 0.029839, 0.081046],
            sparse: (24, -2.5, -47948.5)),
        FeatureGolden(
            text: "\u{6211}\u{60F3}\u{8BA2}\u{4E00}\u{5BB6} 4\u{5206}\u{4EE5}\u{4E0A} \u{7684}\u{9152}\u{5E97}",
            tokens: [-1, -1, -1, -1, 1018, -1, -1, -1, -1],
            share: 0.215, vector: [-0.065938, 0.035296, -0.110566, 0.137356],
            sparse: (34, -3.6, -66322.4)),
        FeatureGolden(
            text: "\u{5E2E}\u{6211}\u{7528} Python \u{5199}\u{4E00}\u{4E2A} quicksort \u{51FD}\u{6570}",
            tokens: [-1, -1, -1, 18750, -1, -1, -1, 4248, 21748, 2102, -1],
            share: 0.264, vector: [-0.088687, -0.042984, -0.131469, -0.084845],
            sparse: (67, -6.3, -42227.1)),
        FeatureGolden(
            text: "\u{FF21}\u{FF22}\u{FF23}\u{3000}\u{FF11}\u{FF12}\u{FF13}",
            tokens: [5925, 13138],
            share: 0.6, vector: [0.010503, 0.078899, -0.053926, 0.02299],
            sparse: (18, -0.1, -4149.2)),
        FeatureGolden(
            text: "\u{1F600} \u{1F44D}\u{1F3FD}",
            tokens: [100, 100],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (1, -0.5, -4661.5)),
        FeatureGolden(
            text: "na\u{EF}ve caf\u{E9} r\u{E9}sum\u{E9}",
            tokens: [15743, 7668, 13746],
            share: 0.6, vector: [-0.001398, -0.058919, -0.124891, 0.131115],
            sparse: (46, 4.6, 9704.0)),
        FeatureGolden(
            text: "don't can't i'm",
            tokens: [2123, 1005, 1056, 2064, 1005, 1056, 1045, 1005, 1049],
            share: 0.6, vector: [0.233098, 0.125123, -0.24398, -0.245332],
            sparse: (37, -1.38579, -17990.23)),
        FeatureGolden(
            text: "def f(x):\u{A}    return x+1  # comment",
            tokens: [13366, 1042, 1006, 1060, 1007, 1024, 2709, 1060, 1009, 1015, 1001, 7615],
            share: 0.6, vector: [-0.096264, -0.110013, -0.112837, -0.138952],
            sparse: (71, 0.40833, -33238.04)),
        FeatureGolden(
            text: "SELECT * FROM users WHERE id=42;",
            tokens: [7276, 1008, 2013, 5198, 2073, 8909, 1027, 4413, 1025],
            share: 0.6, vector: [-0.14968, 0.077249, -0.145135, 0.131584],
            sparse: (82, 7.7, 20443.7)),
        FeatureGolden(
            text: "\u{3053}\u{3093}\u{306B}\u{3061}\u{306F}\u{3001}\u{5143}\u{6C17}\u{3067}\u{3059}\u{304B}",
            tokens: [1655, 30217, 30194, 30188, 30198, 1635, -1, -1, 1665, 30184, 30177],
            share: 0.016364, vector: [-0.111034, -0.088438, -0.147798, 0.059105],
            sparse: (27, 5.5, 65396.5)),
        FeatureGolden(
            text: "\u{C548}\u{B155}\u{D558}\u{C138}\u{C694}",
            tokens: [1463, 30006, 30021, 29992, 30010, 30025, 30005, 30006, 29997, 30009, 29999, 30013],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (12, 5.5, 20491.5)),
        FeatureGolden(
            text: "\u{41F}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43C}\u{438}\u{440}",
            tokens: [1194, 16856, 10325, 25529, 15290, 22919, 1191, 10325, 16856],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (27, 2.7, 29772.1)),
        FeatureGolden(
            text: "\u{645}\u{631}\u{62D}\u{628}\u{627}",
            tokens: [1295, 17149, 29820, 29816, 25573],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (15, 3.8, 35745.8)),
        FeatureGolden(
            text: "2+2=4",
            tokens: [1016, 1009, 1016, 1027, 1018],
            share: 0.6, vector: [-0.13459, 0.077185, -0.143097, -0.03677],
            sparse: (6, -1.33212, -7633.16)),
        FeatureGolden(
            text: "https://example.com/a?b=c",
            tokens: [16770, 1024, 1013, 1013, 2742, 1012, 4012, 1013, 1037, 1029, 1038, 1027, 1039],
            share: 0.6, vector: [-0.268402, -0.200017, -0.042633, 0.005461],
            sparse: (67, 0.7, -13071.5)),
        FeatureGolden(
            text: String(repeating: "x", count: 120),
            tokens: [100],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (12, -5.53343, -29087.33)),
        FeatureGolden(
            text: "the the the the",
            tokens: [1996, 1996, 1996, 1996],
            share: 0.6, vector: [0.153494, -0.113233, 0.042777, -0.304472],
            sparse: (11, 1.08448, 9526.72)),
        FeatureGolden(
            text: "a",
            tokens: [1037],
            share: 0.6, vector: [0.05136, -0.166921, 0.271782, -0.02568],
            sparse: (4, -0.6, -5566.3)),
        FeatureGolden(
            text: "   ",
            tokens: [],
            share: 0.0, vector: [0.0, 0.0, 0.0, 0.0],
            sparse: (1, -0.5, -4661.5)),
        FeatureGolden(
            text: "set an alarm for 6:30 am",
            tokens: [2275, 2019, 8598, 2005, 1020, 1024, 2382, 2572],
            share: 0.6, vector: [-0.043911, 0.052119, -0.243458, -0.058596],
            sparse: (68, -2.2, -48786.6)),
        FeatureGolden(
            text: "play some jazz music",
            tokens: [2377, 2070, 4166, 2189],
            share: 0.6, vector: [0.097043, 0.064292, -0.060757, 0.08418],
            sparse: (54, 5.9, 9686.7)),
        FeatureGolden(
            text: "Stra\u{DF}e \u{130}stanbul",
            tokens: [2358, 27807, 9960],
            share: 0.4, vector: [-0.048708, 0.057687, -0.078932, 0.009644],
            sparse: (43, 2.35147, 982.6)),
        FeatureGolden(
            text: "\u{4E2D} \u{6587} \u{7A7A} \u{683C}",
            tokens: [-1, -1],
            share: 0.18, vector: [-0.066927, -0.031917, 0.050292, 0.098214],
            sparse: (9, 6.5, 36199.5)),
        FeatureGolden(
            text: "e\u{301}cole \u{FB01}ne",
            tokens: [12431, 2986],
            share: 0.3, vector: [0.077676, 0.044386, 0.019023, 0.060238],
            sparse: (27, 0.5, -12073.6)),
        FeatureGolden(
            text: "transfer $500 to checking_account",
            tokens: [4651, 1002, 3156, 2000, 9361, 1035, 4070],
            share: 0.6, vector: [-0.103873, -0.048123, -0.291177, -0.078251],
            sparse: (90, 13.8, 128486.5)),
        FeatureGolden(
            text: "\u{4F60}\u{597D}hello\u{4E16}\u{754C}world",
            tokens: [-1, 7592, -1, 2088],
            share: 0.32, vector: [0.181214, 0.178846, -0.00416, 0.30124],
            sparse: (41, 9.2, 60143.6)),
    ]
}
