/// Words that are of one kind and not the same, one line a kind: their vectors are near each other, and yet one of them
/// in place of another is another question. They agree with themselves alone, and with their synonyms.
enum Contrasts {
    static let text = """
        monday, tuesday, wednesday, thursday, friday, saturday, sunday, weekend, weekday, today, tomorrow, yesterday, tonight
        january, february, march, april, june, july, august, september, october, november, december
        spring, summer, autumn, fall, winter, season
        morning, noon, afternoon, evening, night, midnight, dawn, dusk, breakfast, lunch, dinner, brunch, snack
        second, minute, hour, day, week, month, year, decade, century, daily, weekly, monthly, yearly, annual
        mile, kilometer, kilometre, meter, metre, centimeter, inch, foot, yard, millimeter, km, cm, mm
        pound, kilogram, gram, ounce, ton, kg, lb, liter, litre, gallon, cup, teaspoon, tablespoon, pint, quart
        celsius, fahrenheit, kelvin, degree, percent, dollar, euro, yen, yuan, cent, rupee, usd, eur, gbp
        byte, kilobyte, megabyte, gigabyte, terabyte, bit, kb, mb, gb, tb
        father, mother, dad, mom, mum, son, daughter, brother, sister, uncle, aunt, grandfather, grandmother, grandpa, grandma, husband, wife, cousin, nephew, niece, parent, child, baby, teenager, adult, friend, spouse, sibling
        boy, girl, man, woman, male, female, men, women, he, she, his, her, him, gender
        king, queen, prince, princess, emperor, president, minister, senator, governor, mayor
        teacher, student, employer, employee, buyer, seller, lender, borrower, landlord, tenant, teach, learn, lend, borrow, buy, sell, rent, doctor, patient, nurse, host, guest, lawyer, client, author, reader, sender, receiver
        north, south, east, west, northern, southern, eastern, western, left, right, up, down, top, bottom, front, back, above, below, over, under, inside, outside, in, out, on, off, before, after, first, last, next, previous, until, since
        beginner, intermediate, advanced, expert, junior, senior, novice
        primary, secondary, elementary, kindergarten, college, university, preschool
        hot, cold, warm, cool, wet, dry, thick, thin, heavy, light, strong, weak, hard, soft, fast, slow, quick, high, low, tall, short, long, wide, narrow, deep, shallow, big, small, large, tiny, loud, quiet, bright, dark, clean, dirty, rich, poor, old, new, young, early, late, easy, difficult, simple, complex, cheap, expensive, safe, dangerous, healthy, unhealthy, good, bad, better, worse, best, worst, more, less, most, least, fewer, sweet, sour, salty, bitter, full, empty, same, different, true, false, public, private, internal, external, hot, legal, illegal, formal, informal, active, passive, positive, negative, single, multiple, married, temporary, permanent, manual, automatic, alive, dead, awake, asleep, local, remote, global, raw, cooked, fresh, frozen, ripe, smooth, rough, open, closed, visible, hidden
        larger, smaller, bigger, taller, shorter, longer, higher, lower, faster, slower, older, younger, heavier, lighter, cheaper, richer, poorer, stronger, weaker, hotter, colder, safer, healthier, warmer, cooler, easier, harder
        largest, smallest, tallest, shortest, longest, highest, lowest, fastest, slowest, oldest, youngest, newest, heaviest, lightest, cheapest, richest, poorest, strongest, weakest, hottest, coldest, safest, healthiest
        increase, decrease, raise, lower, reduce, grow, shrink, rise, fall, gain, lose, win, expand, contract, improve, worsen, maximum, minimum, maximize, minimize, ascending, descending, widen
        open, close, start, stop, begin, end, enter, exit, lock, unlock, install, uninstall, enable, disable, connect, disconnect, attach, detach, add, remove, insert, delete, create, destroy, push, pull, send, receive, upload, download, import, export, encrypt, decrypt, encode, decode, compress, decompress, zip, unzip, read, write, save, load, lend, buy, sell, give, take, accept, reject, approve, deny, allow, forbid, block, unblock, mute, unmute, show, hide, include, exclude, remember, forget, arrive, depart, land, freeze, thaw, melt, boil, bake, fry, grill, roast, steam, heat, cool, inhale, exhale, ask, answer, hire, fire, borrow, return, merge, split, build, break, love, hate, like, dislike, live, die, laugh, cry, sleep, wake, attack, defend, praise, criticize, follow, unfollow, subscribe, unsubscribe, deposit, withdraw, multiply, divide, subtract, row, column, client, server, input, output, numerator, denominator, integer, float, decimal, hexadecimal, binary, prefix, suffix, odd, even, stack, queue, cause, prevent, credit, debit, profit, loss, asset, liability, supply, demand, mean, median, mode, war, peace, question, problem, solution, victory, defeat, succeed, fail, success, failure, advantage, disadvantage, pro, con, strength, weakness, marriage, divorce, birth, death, entrance, husband, ally, enemy, hero, villain
        red, blue, green, yellow, black, white, orange, purple, pink, brown, gray, grey, gold, silver, color
        english, french, german, spanish, chinese, japanese, korean, russian, italian, portuguese, arabic, hindi, dutch, latin, greek, turkish, polish, swedish, thai, vietnamese, mandarin, cantonese, british, american, canadian, mexican, indian, european, african, asian, australian, norwegian, danish, irish, scottish, welsh
        france, germany, spain, china, japan, korea, russia, italy, portugal, brazil, india, canada, mexico, england, britain, scotland, ireland, wales, australia, america, egypt, turkey, greece, poland, sweden, norway, denmark, finland, austria, switzerland, netherlands, holland, belgium, paris, london, berlin, madrid, rome, moscow, beijing, shanghai, tokyo, sydney, melbourne, toronto, montreal, chicago, boston, dublin, vienna, amsterdam, europe, asia, africa, california, texas, florida
        python, java, javascript, typescript, ruby, rust, go, golang, swift, kotlin, php, perl, scala, bash, sql, html, css, json, xml, yaml, csv, c, r, react, vue, angular, django, flask, linux, windows, macos, android, ios, mysql, postgresql, mongodb, redis, excel, word, powerpoint, docker, git, github, gmail, outlook, chrome, firefox, safari
        breast, lung, heart, liver, kidney, skin, brain, stomach, knee, ankle, wrist, shoulder, elbow, hip, neck, hand, eye, ear, tooth, teeth, bone, muscle, arm, leg, head, hair, face, lip, nose, throat, chest, finger, toe
        math, physics, chemistry, biology, history, geography, literature, economics, philosophy, psychology, sociology, algebra, geometry, calculus, statistics
        hundred, thousand, million, billion, trillion, once, twice, thrice, single, double, triple, half, quarter, third
        earth, mars, venus, jupiter, saturn, mercury, neptune, uranus, pluto, moon, sun, planet, star
        oxygen, hydrogen, nitrogen, carbon, iron, copper, gold, silver, zinc, sodium, calcium, vitamin, protein, fat, sugar, salt, carbohydrate, fiber
        car, truck, bus, train, plane, bike, bicycle, motorcycle, ship, boat, subway, taxi, vehicle
        dog, cat, puppy, kitten, horse, cow, pig, sheep, goat, chicken, duck, fish, bird, rabbit, mouse, rat, lion, tiger, bear, wolf, fox, snake, elephant, monkey, dolphin, whale, shark, animal, pet
        beef, pork, lamb, turkey, salmon, tuna, shrimp, egg, tofu, rice, pasta, noodle, bread, potato, tomato, onion, garlic, carrot, apple, banana, pear, grape, lemon, lime, strawberry, blueberry, mango, coffee, tea, milk, juice, water, beer, wine, vodka, whiskey, cheese, butter, cream, yogurt, honey, chocolate, cake, cookie, pie, soup, salad, sandwich, pizza, burger, meat, fruit, vegetable
        football, soccer, basketball, baseball, tennis, golf, hockey, rugby, cricket, volleyball, swimming, running, cycling, skiing, boxing, yoga, chess, badminton
        guitar, piano, violin, drum, flute, trumpet, saxophone, cello, ukulele, bass
        doctor, dentist, engineer, designer, developer, accountant, analyst, journalist, programmer, scientist, artist, actor, actress, singer, writer, poet, chef, waiter, pilot, driver, police, soldier, farmer
        email, letter, essay, poem, story, song, speech, report, article, blog, resume, tweet, caption, novel, script, review, memo, proposal, paragraph, sentence, word, page, line, chapter, book, slogan, title, headline, haiku, joke, limerick
        iphone, ipad, laptop, desktop, tablet, phone, computer, watch, television, tv, monitor, keyboard, printer, camera, router, battery, charger
        """
}
