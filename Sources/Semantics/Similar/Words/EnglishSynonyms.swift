/// English words that say the same, one line a meaning; a line holds for all forms of its words. What static vectors
/// find by themselves is not here.
enum EnglishSynonyms {
    static let text = """
        speak, talk
        write, create, make
        teach, train
        undo, revert, roll back
        calm, soothe, comfort
        convince, persuade
        stop, quit, halt, cease, give up
        indoors, inside
        contain, have, include, be high in
        extend, prolong, make last longer
        speed up, accelerate, make faster, faster
        duty, responsibility, task
        happen, occur, take place
        command, cmd
        begin, start, commence, initiate, get started, kick off
        end, finish, conclude, terminate
        fix, repair, solve, resolve, troubleshoot, mend, correct, get rid of the error, remedy, sort out, deal with, handle
        error, bug, issue, problem, fault, exception, trouble
        create, make, build, construct, generate, produce, set up, develop
        write, compose, draft, author, pen, come up with, wrote, written
        buy, purchase, acquire, bought
        get, obtain, retrieve, fetch
        remove, delete, erase, get rid of, eliminate, take out, strip, clear
        add, insert, append, include, put in
        change, modify, alter, edit, adjust, update
        improve, enhance, better, boost, make better, strengthen, get better at, become better at
        reduce, decrease, lower, cut down on, cut, bring down, minimize, lessen, diminish
        increase, raise, grow, bring up
        verify, check, confirm, validate, make sure, ensure
        show, display
        choose, pick, select, pick out, decide on, go with
        suggest, recommend, advise, propose, suggestion, recommendation, advice, tip, tips, pointers, ideas, idea
        advantage, benefit, pro, pros, upside, plus point, strong point
        disadvantage, drawback, con, cons, downside, weak point, shortcoming
        effect, impact, influence, consequence, affect, result of
        cause, lead to, leads to, bring about, trigger, give rise to, result in, results in
        symptom, sign of, signs of, warning sign
        treat, cure, treatment, remedy for, heal
        doctor, physician
        medicine, medication, drug
        kid, child, children, kids, youngster
        baby, infant, newborn
        car, automobile, auto
        movie, film, motion picture
        picture, image, photo, photograph, pic
        phone, telephone, cellphone, mobile phone, smartphone, cell phone, mobile
        computer, pc
        store, shop
        house, home
        job, position, employment
        salary, pay, wage, compensation
        boss, manager, supervisor
        coworker, colleague
        company, firm, business, corporation
        employee, worker, staff member
        customer, client
        meeting, appointment
        trip, journey, travel, vacation, holiday, go on a trip
        visit, see the sights, tour
        cheap, inexpensive, affordable, low-cost, budget-friendly, low cost
        expensive, costly, pricey
        fast, quick, quickly, rapid, rapidly, swiftly, speedy, speedily, in a short time
        simple, easy, simply, easily, in simple terms, in plain terms, in simple words, in plain english, in plain language, in layman's terms, simple language, like i'm five, like i am five, straightforward, plain
        short, brief, briefly, concise, in brief, in short, in a nutshell
        summarize, summarise, sum up, summary, a summary of, summary of, give a summary of, recap, condense
        translate, translation, render, put into, turn into
        convert, transform, turn, conversion, change into
        calculate, compute, work out, figure out, determine, find, calculation, find out
        rewrite, rephrase, reword, paraphrase
        proofread, check the grammar of, correct the grammar
        example, sample, instance, illustration
        function, method, routine, subroutine
        program, application, app, software
        script, program code
        code, source code, code snippet, snippet
        folder, directory
        large, big, huge, great
        small, little, tiny
        important, significant, crucial, essential, vital, key to, importance, matters, matter
        popular, well-known, well known, famous
        good, great, excellent, best, top, ideal, optimal
        bad, poor, harmful, unhealthy for
        dangerous, unsafe, hazardous, risky
        risk, danger, hazard
        safe, secure
        pretty, beautiful, lovely
        happy, glad, joyful
        sad, unhappy, down
        angry, mad, furious
        scared, afraid, frightened
        tired, exhausted, weary
        sick, ill, unwell
        smart, intelligent, clever
        rich, wealthy
        hard, difficult, tough, challenging
        old, elderly, aged
        sleep, fall asleep, get to sleep, go to sleep, slept, asleep
        eat, consume, ate, eaten
        drink, sip, drank
        cook, prepare, cooking
        recipe, how to cook
        exercise, workout, work out at the gym, physical activity
        lose weight, slim down, drop weight, shed pounds, weight loss, losing weight, drop pounds
        gain weight, put on weight
        teach, instruct, educate
        study, learn, revise for
        exam, test, examination
        essay, paper, composition
        letter, note
        email, e-mail, mail, electronic mail
        message, text message
        apologize, apologise, say sorry, apology
        invent, invention, inventor, come up with first, invented
        discover, discovery, discoverer, find first
        found, founder, establish, founded, founding, set up by
        direct, director, directed
        paint, painter, painted, painting by
        author, writer, write
        live, reside, dwell, inhabit
        die, pass away, decease, death, died, died out
        born, birth, birthplace, birthday
        marry, wed, get married, marriage
        capital, capital city
        population, inhabitants, residents
        country, nation, state of the world
        located, situated, lie
        work, function as, operate, works
        run, execute, launch
        open, access
        close, shut
        install, set up on, installation, installing
        connect, link up, hook up, attach, pair
        disconnect, unlink, detach
        reset, restore, set back
        restart, reboot
        password, passcode, login password
        account, profile
        send, dispatch, mail out, transmit
        receive, be sent
        return, send back, bring back, give back
        refund, money back, reimbursement
        cancel, call off, terminate my
        subscribe, sign up for, subscription
        register, sign up, enroll, registration
        log in, sign in, login, log on
        log out, sign out, logout
        order, place an order
        deliver, delivery, ship, shipping
        track, follow
        pay, payment
        save, set aside, put aside
        invest, put money into, investment
        earn, make money
        borrow, take a loan
        company car, business car
        tax, taxes, taxation
        law, legislation
        lawyer, attorney
        contract, agreement
        climate, weather pattern
        weather, forecast
        temperature, how hot
        plant, grow a
        flower, blossom, bloom
        dog, puppy, canine
        cat, feline, kitten
        sort, order by, arrange, put in order, sorting
        reverse, flip, invert, backwards
        remove duplicates, deduplicate, get rid of duplicates, drop duplicates
        duplicate, repeated, double entries
        string, piece of text
        list, array in
        loop, iterate, go over, iterating
        read, load, open and read
        parse, interpret
        merge, combine, join, put together, unite
        split, divide, separate, break up, break
        count, tally, number the
        compute the sum of, sum, add up, total
        average, mean value
        largest, biggest, maximum, highest, max, greatest
        smallest, lowest, minimum, least, min
        tallest, highest mountain
        longest, lengthiest
        fastest, quickest, speediest
        oldest, earliest
        newest, latest, most recent
        many, numerous, lots of, a lot of, plenty of
        few, a few, several, a handful of, a couple of
        all, every, each, entire, whole
        often, frequently, regularly
        sometimes, occasionally
        always, every time
        each day, every day, daily, per day, a day
        each week, every week, weekly, per week, a week
        each month, every month, monthly, per month, a month
        each year, every year, yearly, annually, per year, a year
        at home, from home
        at night, nightly, in the night, at nighttime, nighttime
        morning, in the morning
        now, right now, at the moment, at present
        today, this day
        quickly as possible, asap, as soon as possible
        united states, usa, us, america, u.s., united states of america
        united kingdom, uk, u.k., great britain
        european union, eu
        artificial intelligence, ai
        machine learning, ml
        javascript, js
        typescript, ts
        postgresql, postgres
        kubernetes, k8s
        database, db
        javascript code, js code
        operating system, os
        environment variable, env var
        regular expression, regex, regexp
        use case, usage, use for, application of
        purpose, goal, aim, point of, role
        feature, characteristic, trait, property
        component, ingredient, part of, made of, made up of, consist of, consists of, make up, constituents
        type, kind, sort of thing, category, variety
        rule, regulation
        strategy, plan, approach
        skill, ability
        healthy, good for health, good for you, good for your health, nutritious
        stress, anxiety relief
        relax, unwind, calm down
        clean, wash, tidy
        stain, spot, mark
        wine, vino
        dinner, supper
        breakfast, morning meal
        gift, present idea, present for
        party, celebration
        wedding, marriage ceremony
        joke, funny story, something funny, pun
        story, tale
        poem, verse, poetry
        song, tune
        title, headline, heading
        slogan, tagline, motto, catchphrase
        name for, names for, call it
        funny, humorous, comical
        formal, professional
        friendly, warm
        sound, come across
        outline, structure
        cover letter, application letter
        resume, cv, curriculum vitae
        interview, job interview
        negotiate, bargain
        resign, quit, leave my job, quit my job, resignation
        thank, express gratitude, thanks to
        invite, invitation
        book, reserve, booking, reservation
        schedule, timetable
        remind, reminder
        prepare for, get ready for, prep for
        prevent, keep from, protect against
        protect, safeguard, guard
        charge, recharge
        battery life, battery lasts
        slow, sluggish, slowly
        crash, freeze up
        broken, not working, does not work, doesn't work, stopped working, isn't working, fails
        leak, leaking, drip
        """
}
