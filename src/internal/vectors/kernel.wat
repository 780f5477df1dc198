;; Dot products of one query with rows that lie one behind the other. `node scripts/buildKernel.ts` writes kernelBytes.ts from it.
;; A row has $stride bytes, a multiple of 64: what is behind its numbers is zero. Products go to $products, 4 bytes each, up to $end.
;; Four sums at once: one chain of additions would wait for itself.
(module
  (memory (import "part" "memory") 1)

  ;; Rows of 32-bit floats, query of 32-bit floats, products as 32-bit floats.
  ;; Four rows at a time, so that the query is loaded once for them; then one by one.
  (func (export "float32") (param $query i32) (param $rows i32) (param $stride i32) (param $products i32) (param $end i32)
    (local $q i32) (local $endOfQuery i32) (local $v v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $second i32) (local $third i32) (local $fourth i32)
    (local.set $endOfQuery (i32.add (local.get $query) (local.get $stride)))
    (block $lessThanFour
      (loop $eachFour
        (br_if $lessThanFour (i32.gt_u (i32.add (local.get $products) (i32.const 16)) (local.get $end)))
        (local.set $second (i32.add (local.get $rows) (local.get $stride)))
        (local.set $third (i32.add (local.get $second) (local.get $stride)))
        (local.set $fourth (i32.add (local.get $third) (local.get $stride)))
        (local.set $a (v128.const f32x4 0 0 0 0))
        (local.set $b (v128.const f32x4 0 0 0 0))
        (local.set $c (v128.const f32x4 0 0 0 0))
        (local.set $d (v128.const f32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (loop $each16Bytes
          (local.set $v (v128.load (local.get $q)))
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $v) (v128.load (local.get $rows)))))
          (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $v) (v128.load (local.get $second)))))
          (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $v) (v128.load (local.get $third)))))
          (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $v) (v128.load (local.get $fourth)))))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (local.set $second (i32.add (local.get $second) (i32.const 16)))
          (local.set $third (i32.add (local.get $third) (i32.const 16)))
          (local.set $fourth (i32.add (local.get $fourth) (i32.const 16)))
          (local.set $q (i32.add (local.get $q) (i32.const 16)))
          (br_if $each16Bytes (i32.lt_u (local.get $q) (local.get $endOfQuery))))
        (f32.store           (local.get $products) (call $sum (local.get $a)))
        (f32.store offset=4  (local.get $products) (call $sum (local.get $b)))
        (f32.store offset=8  (local.get $products) (call $sum (local.get $c)))
        (f32.store offset=12 (local.get $products) (call $sum (local.get $d)))
        (local.set $rows (local.get $fourth))
        (local.set $products (i32.add (local.get $products) (i32.const 16)))
        (br $eachFour)))
    (block $done
      (loop $eachRow
        (br_if $done (i32.ge_u (local.get $products) (local.get $end)))
        (local.set $a (v128.const f32x4 0 0 0 0))
        (local.set $b (v128.const f32x4 0 0 0 0))
        (local.set $c (v128.const f32x4 0 0 0 0))
        (local.set $d (v128.const f32x4 0 0 0 0))
        (local.set $q (local.get $query))
        (loop $each64Bytes
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (v128.load           (local.get $rows)) (v128.load           (local.get $q)))))
          (local.set $b (f32x4.add (local.get $b) (f32x4.mul (v128.load offset=16 (local.get $rows)) (v128.load offset=16 (local.get $q)))))
          (local.set $c (f32x4.add (local.get $c) (f32x4.mul (v128.load offset=32 (local.get $rows)) (v128.load offset=32 (local.get $q)))))
          (local.set $d (f32x4.add (local.get $d) (f32x4.mul (v128.load offset=48 (local.get $rows)) (v128.load offset=48 (local.get $q)))))
          (local.set $rows (i32.add (local.get $rows) (i32.const 64)))
          (local.set $q (i32.add (local.get $q) (i32.const 64)))
          (br_if $each64Bytes (i32.lt_u (local.get $q) (local.get $endOfQuery))))
        (f32.store (local.get $products) (call $sum (f32x4.add (f32x4.add (local.get $a) (local.get $b)) (f32x4.add (local.get $c) (local.get $d)))))
        (local.set $products (i32.add (local.get $products) (i32.const 4)))
        (br $eachRow))))

  (func $sum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; Rows of 8-bit integers, query of 16-bit integers, products as 32-bit integers: exact as long as they fit, which the query's numbers see to.
  (func (export "int8") (param $query i32) (param $rows i32) (param $stride i32) (param $products i32) (param $end i32)
    (local $q i32) (local $nextRow i32) (local $bytes v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $eachRow
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (local.set $q (local.get $query))
      (local.set $nextRow (i32.add (local.get $rows) (local.get $stride)))
      (loop $each64Bytes
        (local.set $bytes (v128.load (local.get $rows)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s  (local.get $bytes)) (v128.load            (local.get $q)))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=16  (local.get $q)))))
        (local.set $bytes (v128.load offset=16 (local.get $rows)))
        (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s  (local.get $bytes)) (v128.load offset=32  (local.get $q)))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=48  (local.get $q)))))
        (local.set $bytes (v128.load offset=32 (local.get $rows)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s  (local.get $bytes)) (v128.load offset=64  (local.get $q)))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=80  (local.get $q)))))
        (local.set $bytes (v128.load offset=48 (local.get $rows)))
        (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s  (local.get $bytes)) (v128.load offset=96  (local.get $q)))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=112 (local.get $q)))))
        (local.set $q (i32.add (local.get $q) (i32.const 128)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 64)))
        (br_if $each64Bytes (i32.lt_u (local.get $rows) (local.get $nextRow))))
      (local.set $a (i32x4.add (i32x4.add (local.get $a) (local.get $b)) (i32x4.add (local.get $c) (local.get $d))))
      (i32.store (local.get $products) (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
        (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a)))))
      (local.set $products (i32.add (local.get $products) (i32.const 4)))
      (br_if $eachRow (i32.lt_u (local.get $products) (local.get $end)))))

  ;; One row of 32-bit floats, query of 64-bit floats, in 64-bit floats; the row ends at $end, a multiple of 16 bytes behind $row. Sums as in JavaScript.
  (func (export "float64") (param $query i32) (param $row i32) (param $end i32) (result f64)
    (local $ab v128) (local $cd v128)
    (loop $each4Numbers
      (local.set $ab (f64x2.add (local.get $ab) (f64x2.mul (f64x2.promote_low_f32x4 (v128.load64_zero          (local.get $row))) (v128.load           (local.get $query)))))
      (local.set $cd (f64x2.add (local.get $cd) (f64x2.mul (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $row))) (v128.load offset=16 (local.get $query)))))
      (local.set $row (i32.add (local.get $row) (i32.const 16)))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (br_if $each4Numbers (i32.lt_u (local.get $row) (local.get $end))))
    (f64.add
      (f64.add
        (f64.add (f64x2.extract_lane 0 (local.get $ab)) (f64x2.extract_lane 1 (local.get $ab)))
        (f64x2.extract_lane 0 (local.get $cd)))
      (f64x2.extract_lane 1 (local.get $cd)))))
