"""Maps of users in two and three dimensions, on which a user stays in place.

* `methods`: t-SNE, UMAP, and PCA for a few users
* `selection`: users as landmarks, stratified by segment
* `neighbours`: nearest rows, exactly
* `landmarks`: everybody's place, from the nearest landmarks
* `fit`: landmarks from users
* `landmark_file`: landmarks as a file
* `quality`: trustworthiness and continuity; `alignment`: two layouts of the same users
* `layout`: the layout of the dashboard, fitted in a process of its own
"""
